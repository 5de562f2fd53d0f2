// What the worker does for a living, with its own lock in force.
#include "format/costs.hpp"
#include "format/relay.hpp"
#include "worker/calibrate.hpp"
#include "worker/connection.hpp"
#include "worker/demo_source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <variant>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::worker {
namespace {

namespace relay = format::relay;

TEST(SandboxedWorker, TheDemoEncodesInRealTimeAndEndsWhenNobodyListens) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(serve_demo(ends[1], "weir-worker test"));
    ::close(ends[1]);
    int pictures = 0;
    int sounds = 0;
    {
        Connection connection(ends[0]);
        auto message = connection.read();
        ASSERT_TRUE(message && *message);
        EXPECT_EQ(std::get<relay::Hello>(**message).program, "weir-worker test");
        message = connection.read();
        ASSERT_TRUE(message && *message);
        EXPECT_EQ(std::get<relay::Tracks>(**message).tracks->tracks.size(), 2U);
        while (pictures < 75) {
            message = connection.read();
            ASSERT_TRUE(message && *message);
            const auto& media = std::get<relay::Media>(**message);
            EXPECT_EQ(media.rendition, relay::source);
            ++(media.packet.track == media::video_track_id ? pictures : sounds);
        }
    }
    EXPECT_GT(sounds, 100);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) << status;
}

TEST(SandboxedWorker, ACalibrationNamesTheCostOfEachPreset) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_EQ(calibrate(ends[1]), EXIT_SUCCESS);
    std::array<char, 4096> line{};
    const ssize_t count = ::read(ends[0], line.data(), line.size());
    ASSERT_GT(count, 0);
    const auto costs = format::parse_costs({line.data(), static_cast<std::size_t>(count)});
    ASSERT_TRUE(costs) << costs.error().text;
    EXPECT_EQ(costs->encode.size(), 5U);
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace weir::worker
