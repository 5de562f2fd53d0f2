#include "proto/http/date.hpp"

#include <cstring>

namespace weir::proto::http {

namespace {

constexpr std::string_view weekdays = "SunMonTueWedThuFriSat";
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";

void put_number(char* out, int value, int width) noexcept {
    for (int i = width - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

DateText::DateText(base::WallTime time) noexcept {
    using namespace std::chrono;
    const auto second = floor<seconds>(time);
    const auto day = floor<days>(second);
    const year_month_day date(day);
    const hh_mm_ss clock(second - day);

    std::memcpy(text_.data(), "---, -- --- ---- --:--:-- GMT", text_.size());
    std::memcpy(text_.data(), &weekdays[3 * weekday(day).c_encoding()], 3);
    put_number(&text_[5], static_cast<int>(static_cast<unsigned>(date.day())), 2);
    std::memcpy(&text_[8], &months[3 * (static_cast<unsigned>(date.month()) - 1)], 3);
    put_number(&text_[12], static_cast<int>(date.year()), 4);
    put_number(&text_[17], static_cast<int>(clock.hours().count()), 2);
    put_number(&text_[20], static_cast<int>(clock.minutes().count()), 2);
    put_number(&text_[23], static_cast<int>(clock.seconds().count()), 2);
}

}  // namespace weir::proto::http
