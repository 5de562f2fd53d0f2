// Cameras before one stream, each with a clock of its own, and what the stream's viewers see of them in virtual time.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "stream/house.hpp"

namespace weir::stream::test {

/// A camera with a clock of its own: 25 frames a second, sound 50 times, a keyframe every `gop`.
class Camera {
  public:
    Camera(std::string name, Rank rank, std::int64_t clock, base::Duration gop = 2s)
        : name_(std::move(name)), rank_(rank), clock_(clock), gop_(gop / 1ms) {}

    void connect(House& house) {
        const auto admitted = house.publish(name_, rank_);
        ASSERT_TRUE(admitted) << name_;
        publication_ = *admitted;
    }
    void leave(House& house) {
        if (publication_) house.stream().leave(*publication_, "the connection was lost", house.now());
        forget();
    }
    /// Its next 20 ms, whether somebody sees them or not.
    void step(House& house) {
        const bool is_sent = publication_ && !is_frozen;
        if (is_sent && clock_ % 40 == 0) held_up_.push_back(video(clock_, clock_ % gop_ == 0, 100));
        if (is_sent) held_up_.push_back(audio(clock_, 10));
        clock_ += 20;
        if (is_held_up || !publication_) return;
        for (media::Packet& packet : std::exchange(held_up_, {})) house.push(*publication_, std::move(packet), tracks_);
    }
    [[nodiscard]] bool is_sending() const { return publication_ && !is_frozen; }
    [[nodiscard]] bool is_connected() const { return publication_.has_value(); }
    /// The stream let go of it.
    void forget() {
        publication_.reset();
        held_up_.clear();
    }

    bool is_frozen = false;
    bool is_held_up = false;  ///< in the network: all of it comes later, at once

  private:
    std::string name_;
    Rank rank_;
    std::int64_t clock_;
    std::int64_t gop_;
    media::TrackSetRef tracks_ = both();
    std::optional<PublicationId> publication_;
    std::vector<media::Packet> held_up_;
};

/// Cameras before one stream, and how long its viewers had nothing new.
class Broadcast {
  public:
    explicit Broadcast(Stream::Settings settings = {}) : house(std::move(settings)) {}

    void run(base::Duration duration) {
        for (base::Duration t{}; t < duration; t += 20ms) {
            const std::size_t before = house.packaged().packets;
            for (Camera* camera : cameras) camera->step(house);
            house.wait(20ms);
            still = house.packaged().packets == before ? still + 20ms : 0ms;
            longest_still = std::max(longest_still, still);
        }
    }
    [[nodiscard]] std::string on_air() {
        const auto publisher = house.snapshot()->publisher;
        return publisher ? publisher->id : "";
    }
    [[nodiscard]] SwitchCounts switches() { return house.snapshot()->switches; }

    House house;
    std::vector<Camera*> cameras;
    base::Duration still{};
    base::Duration longest_still{};
};

struct TwoCameras : Broadcast {
    explicit TwoCameras(Stream::Settings settings = {}) : Broadcast(std::move(settings)) {
        cameras = {&main, &spare};
        main.connect(house);
        spare.connect(house);
    }
    Camera main{"main", Rank::source, 0};
    Camera spare{"spare", Rank::backup, 77'340};
};

}  // namespace weir::stream::test
