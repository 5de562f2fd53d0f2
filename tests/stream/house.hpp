// A stream with everything around it in miniature: a shard that runs inline, a clock that the test turns, a packager that
// writes down what it is given, and publishers that send what they are told to.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "stream/fixtures.hpp"
#include "stream/stream.hpp"

namespace weir::stream::test {

/// What a packager of the test was told. Outlives the packager.
struct Packaged {
    struct Row {
        Entry entry;
        base::WallTime wall;
    };
    base::WallTime epoch;
    std::vector<Row> rows;
    std::size_t packets = 0;
    bool keep_rows = true;
    int shortened = 0;
    bool ended = false;
    SegmentIndexRef index;
    std::vector<std::string> remarks;
    std::vector<Packager::Rung> rungs;
    std::vector<std::vector<Row>> of_rung;  ///< rows of each of them
    std::vector<int> interruptions;         ///< of each of them
    std::vector<bool> offers;               ///< of the source, in order

    [[nodiscard]] std::vector<Row> boundaries() const { return boundaries_in(rows); }
    [[nodiscard]] static std::vector<Row> boundaries_in(const std::vector<Row>& rows) {
        std::vector<Row> result;
        for (const Row& row : rows)
            if (row.entry.packet->segment_boundary) result.push_back(row);
        return result;
    }
};

class RecordingPackager final : public Packager {
  public:
    explicit RecordingPackager(std::shared_ptr<Packaged> to) : to_(std::move(to)) {}
    void write(const Entry& entry, base::WallTime wall) override {
        ++to_->packets;
        if (to_->keep_rows) to_->rows.push_back({entry, wall});
    }
    void set_rungs(std::span<const Rung> rungs) override {
        Packaged before;
        std::swap(before.rungs, to_->rungs);
        std::swap(before.of_rung, to_->of_rung);
        std::swap(before.interruptions, to_->interruptions);
        for (const Rung& rung : rungs) {
            const auto known = std::ranges::find(before.rungs, rung.name, &Rung::name);
            const auto number = static_cast<std::size_t>(known - before.rungs.begin());
            const bool goes_on = known != before.rungs.end();
            to_->rungs.push_back(rung);
            to_->of_rung.push_back(goes_on ? std::move(before.of_rung[number]) : std::vector<Packaged::Row>());
            to_->interruptions.push_back(goes_on ? before.interruptions[number] : 0);
        }
    }
    void write_rung(std::size_t rung, const Entry& entry, base::WallTime wall) override {
        if (to_->keep_rows) to_->of_rung.at(rung).push_back({entry, wall});
    }
    void interrupt_rung(std::size_t rung) override { ++to_->interruptions.at(rung); }
    void offer_source(bool is_offered) override { to_->offers.push_back(is_offered); }
    void end() override { to_->ended = true; }
    void shorten() override { ++to_->shortened; }
    [[nodiscard]] SegmentIndexRef index() const override { return to_->index; }
    [[nodiscard]] std::vector<std::string> take_remarks() override { return std::exchange(to_->remarks, {}); }

  private:
    std::shared_ptr<Packaged> to_;
};

/// Makes recording packagers; each new stream's is at the back.
struct PackagerShelf {
    std::vector<std::shared_ptr<Packaged>> made;
    [[nodiscard]] Stream::PackagerFactory factory() {
        return [this](const base::StreamId&, const config::StreamOptions&, base::Now now) {
            made.push_back(std::make_shared<Packaged>());
            made.back()->epoch = std::chrono::floor<std::chrono::seconds>(now.wall);
            return std::make_unique<RecordingPackager>(made.back());
        };
    }
};

/// One stream and its clock.
class House {
  public:
    explicit House(Stream::Settings settings = {}, base::Duration start = 0s)
        : now_(start),
          stream_(std::make_shared<Stream>(base::StreamId{"live", "demo"}, std::move(settings), shard_,
                                           shelf_.factory(), now())) {}

    [[nodiscard]] base::Now now() const { return at(now_); }
    [[nodiscard]] Stream& stream() { return *stream_; }
    [[nodiscard]] Packaged& packaged() { return *shelf_.made.back(); }
    [[nodiscard]] base::InlineExecutor& shard() { return shard_; }
    [[nodiscard]] State state() { return snapshot()->state; }
    [[nodiscard]] StreamSnapshotRef snapshot() { return stream_->snapshot(now()); }

    /// Time passes, with a tick every 100 ms.
    void wait(base::Duration duration) {
        for (const base::Duration end = now_ + duration; now_ < end;) {
            now_ += std::min<base::Duration>(100ms, end - now_);
            stream_->tick(now());
        }
    }
    /// Time passes unnoticed.
    void skip(base::Duration duration) { now_ += duration; }

    base::Result<PublicationId> publish(std::string name = "p-1", Rank rank = Rank::source) {
        return stream_->publish(
            {.id = name, .protocol = "test", .peer = {}, .client = {}, .rank = rank},
            [this, name](std::string_view reason) { evicted_.push_back(name + ": " + std::string(reason)); }, now());
    }
    [[nodiscard]] const std::vector<std::string>& evicted() const { return evicted_; }

    void push(PublicationId publication, media::Packet packet, media::TrackSetRef tracks) {
        std::vector<Item> items;
        items.push_back({std::move(packet), std::move(tracks)});
        stream_->push(publication, std::move(items), {}, now());
    }
    /// Sends `duration` of 25 frames a second with a keyframe every `gop` and sound of 50 a second, in real time; the
    /// publication's clock stands at `from`. Returns where it stands afterwards.
    std::int64_t send(PublicationId publication, std::int64_t from, base::Duration duration,
                      const media::TrackSetRef& tracks = default_tracks(), base::Duration gop = 1s) {
        const std::int64_t until = from + duration / 1ms;
        for (std::int64_t t = from; t < until; t += 20) {
            if (t % 40 == 0) push(publication, video(t, t % (gop / 1ms) == 0, 100), tracks);
            push(publication, audio(t, 10), tracks);
            wait(20ms);
        }
        return until;
    }
    [[nodiscard]] static const media::TrackSetRef& default_tracks() {
        static const media::TrackSetRef tracks = both();
        return tracks;
    }

  private:
    base::Duration now_;
    base::InlineExecutor shard_;
    PackagerShelf shelf_;
    std::vector<std::string> evicted_;
    std::shared_ptr<Stream> stream_;
};

}  // namespace weir::stream::test
