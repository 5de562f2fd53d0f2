// Days of a live stream in seconds: everything that happens to a stream in three days happens here, and the strict checker reads
// every version of every playlist. WEIR_SIMULATED_HOURS=72 makes it three days; a shorter span has each kind of event as well.
// No rule may be broken, but for those that WEIR_TOLERATED=late_part,hint_kept names: to see what lies behind.
#include "checker/station.hpp"

#include <array>
#include <cstdlib>
#include <random>

namespace weir::checker::test {
namespace {

std::string_view variable(const char* name, std::string_view otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : otherwise;
}

config::StreamOptions options() {
    config::StreamOptions options;
    options.segment = 4s;
    options.part = 1s;
    options.window = 40s;
    return options;
}

/// Clocks that wrap within the next minutes, and one that runs a thousandth too fast.
Camera::Shape shape_of(unsigned turn) {
    constexpr stream::WireClock rtmp{.timescale = 1000, .bits = 32};
    constexpr stream::WireClock mpeg{.timescale = 90'000, .bits = 33};
    const bool is_mpeg = turn % 2 == 1;
    const std::uint64_t before_wrap = is_mpeg ? 90'000 * 70 : 1000 * 50;
    return {.width = turn % 4 < 2 ? 1280U : 640U,
            .clock = is_mpeg ? mpeg : rtmp,
            .wire_start = (std::uint64_t{1} << (is_mpeg ? 33 : 32)) - before_wrap,
            .speed = turn % 3 == 2 ? 1.001 : 1};
}

class Script {
  public:
    explicit Script(unsigned seed) : random_(seed) { station_.publish(shape_of(turn_)); }

    void run(base::Duration length) {
        unsigned events = 0;
        bool has_restarted = false;
        go(30s);
        while (station_.elapsed() < length && !station_.checker.broken()) {
            happen(events++ % kinds.size());
            recover();
            go(std::chrono::seconds(std::uniform_int_distribution(20, 90)(random_)));
            if (!has_restarted && station_.elapsed() > length / 2) {
                has_restarted = true;
                restart();
            }
        }
    }

    Station& station() { return station_; }

  private:
    using Event = void (Script::*)();

    void go(base::Duration time) { station_.run(time); }
    void happen(std::size_t kind) {
        station_.set_steady(false);
        (this->*kinds[kind])();
    }
    /// Whoever should be there is there, and after a while all is as it should be.
    void recover() {
        if (!station_.is_published()) station_.publish(shape_of(++turn_));
        station_.orders.is_dead = false;
        station_.orders.shed.clear();
        station_.orders.late = {};
        go(20s);
        station_.set_steady(true);
    }
    void restart() {
        station_.set_steady(false);
        station_.restart(3s);
        recover();
    }

    void cut_and_return_as_it_was() {
        const unsigned turn = turn_;
        station_.cut();
        go(3s);
        station_.publish(shape_of(turn));
    }
    void cut_and_return_as_another() {
        station_.cut();
        go(5700ms);
        turn_ += 2;
        station_.publish(shape_of(turn_));
    }
    void flap() {
        for (int i = 0; i < 5; ++i) {
            station_.cut();
            go(400ms);
            station_.publish(shape_of(turn_));
            go(700ms * (i + 1));
        }
    }
    void fall_silent_for_a_while() {
        station_.stall(2500ms);
        go(10s);
    }
    void fall_silent_for_long() {
        station_.stall(13s);
        go(20s);
    }
    void stay_away() {
        station_.cut();
        go(25s);
    }
    void kill_worker() {
        station_.orders.is_dead = true;
        go(std::chrono::milliseconds(std::uniform_int_distribution(500, 12'000)(random_)));
    }
    void shed_a_rung() {
        station_.orders.shed.insert(0);
        go(25s);
    }
    void fall_behind_by_half_a_second() {
        station_.orders.late = 500ms;
        go(40s);
    }
    void fall_behind_by_two_seconds() {
        station_.orders.late = 2s;
        go(40s);
    }

    void get_another_ladder_and_the_first_again() {
        station_.set_ladder({{.name = "360p", .width = 1280, .delay = 3, .gop = 20, .bitrate = 8'000},
                             {.name = "240p", .width = 426, .delay = 4, .gop = 20, .bitrate = 5'000}});
        go(std::chrono::milliseconds(std::uniform_int_distribution(500, 60'000)(random_)));
        station_.set_ladder(usual_rungs());
    }
    void be_without_a_ladder_for_a_while() {
        station_.set_ladder({});
        go(std::chrono::milliseconds(std::uniform_int_distribution(2'000, 90'000)(random_)));
        station_.set_ladder(usual_rungs());
    }

    static constexpr std::array<Event, 12> kinds{&Script::kill_worker,
                                                 &Script::cut_and_return_as_it_was,
                                                 &Script::shed_a_rung,
                                                 &Script::get_another_ladder_and_the_first_again,
                                                 &Script::cut_and_return_as_another,
                                                 &Script::fall_behind_by_half_a_second,
                                                 &Script::fall_silent_for_a_while,
                                                 &Script::fall_behind_by_two_seconds,
                                                 &Script::be_without_a_ladder_for_a_while,
                                                 &Script::flap,
                                                 &Script::fall_silent_for_long,
                                                 &Script::stay_away};

    std::mt19937 random_;
    unsigned turn_ = 0;
    Station station_{options(), rules_named(variable("WEIR_TOLERATED", ""))};
};

TEST(Simulation, APlayerFindsNothingAmissInDaysOfCutsKillsRestartsAndWrappingClocks) {
    const std::uint64_t hours = parse_integer(variable("WEIR_SIMULATED_HOURS", "")).value_or(0);
    const base::Duration length = hours != 0 ? base::Duration(std::chrono::hours(hours)) : 40min;
    Script script(7);
    script.run(length);
    const Station& station = script.station();
    const Seen& seen = station.checker.seen();
    std::cout << fmt::format(
        "{:.1f} hours, {} versions, {} delta updates, {} segments ({} gaps, {} discontinuities), {} objects\n",
        std::chrono::duration<double, std::ratio<3600>>(station.elapsed()).count(), seen.versions, seen.deltas,
        seen.segments, seen.gaps, seen.breaks, seen.objects);
    ASSERT_FALSE(station.checker.broken().has_value())
        << "at " << std::chrono::duration<double>(station.elapsed()).count()
        << " s: " << print(*station.checker.broken());
    EXPECT_GT(seen.gaps, 0U);
    EXPECT_GT(seen.breaks, 0U);
}

}  // namespace
}  // namespace weir::checker::test
