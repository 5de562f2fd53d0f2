#include "stream/standbys.hpp"

namespace weir::stream {

void Standbys::tick(Stream& stream, const Contenders& contenders, const Contenders::Rules& rules,
                    const config::StreamOptions& options, bool has_shown, base::Now now) {
    if (!factory_) return;
    const auto lacks = [&](Rank rank) { return !contenders.is_better_on_air(rank, rules, now.instant); };
    const bool is_hot = options.backup_mode == config::BackupMode::hot;
    for (Place& place : places_) {
        const bool is_backup = place.rank == Rank::backup;
        if (is_backup ? options.backup.empty() : options.slate.empty()) continue;
        const bool is_wanted = is_backup ? is_hot || lacks(place.rank) : has_shown && lacks(place.rank);
        keep(place, is_wanted, stream, now);
        if (place.standby != nullptr) place.standby->tick(now);
    }
}

void Standbys::keep(Place& place, bool is_wanted, Stream& stream, base::Now now) {
    if (is_wanted) {
        place.idle.reset();
        const bool may_ask = !place.asked || now.instant - *place.asked >= linger;
        if (place.standby != nullptr || !may_ask) return;
        place.asked = now.instant;
        place.standby = factory_(place.rank, stream, now);
    } else if (place.standby != nullptr) {
        if (!place.idle) place.idle = now.instant;
        if (now.instant - *place.idle < linger) return;
        place.standby.reset();
        place.asked.reset();
    }
}

void Standbys::close() {
    for (Place& place : places_) place.standby.reset();
    factory_ = {};
}

}  // namespace weir::stream
