// What a network that loses datagrams does to a stream, as the strict checker sees it: sound is missing for a while, from the first
// moment on, again and again.
#include "checker/station.hpp"

#include <random>

namespace weir::checker::test {
namespace {

class Losses {
  public:
    explicit Losses(unsigned seed) : random_(seed) {
        station_.orders.rungs.clear();
        station_.publish({});
    }

    void run(base::Duration length) {
        while (station_.elapsed() < length && !station_.checker.broken()) {
            if (one_of(2)) station_.lose_sound(some());
            station_.run(some());
            if (one_of(12)) come_again();
        }
    }
    [[nodiscard]] const Station& station() const { return station_; }

  private:
    bool one_of(int many) { return std::uniform_int_distribution(1, many)(random_) == 1; }
    base::Duration some() { return std::chrono::milliseconds(std::uniform_int_distribution(20, 4000)(random_)); }
    void come_again() {
        station_.cut();
        station_.run(some());
        station_.publish({});
    }

    std::mt19937 random_;
    // Another segmentation than was planned, and a part that is cut short, and so is shown before its time.
    Station station_{short_window(), {Rule::hint_kept, Rule::date_future}};
};

TEST(Losses, APlayerFindsNothingAmissHoweverMuchSoundIsLost) {
    std::uint64_t gaps = 0;
    for (unsigned seed = 1; seed <= 10; ++seed) {
        Losses losses(seed);
        losses.run(60s);
        const auto& broken = losses.station().checker.broken();
        EXPECT_FALSE(broken.has_value()) << "with seed " << seed << ", at "
                                         << std::chrono::duration<double>(losses.station().elapsed()).count()
                                         << " s: " << print(*broken);
        gaps += losses.station().checker.seen().gaps;
    }
    EXPECT_GT(gaps, 0U);
}

}  // namespace
}  // namespace weir::checker::test
