// The other end of an H2Server for tests: nghttp2's client, and a hand that writes frames which no client would.
#pragma once

#include "proto/http/h2_server.hpp"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::proto::http {

struct H2Heard {
    std::string status;
    std::map<std::string, std::string> fields;
    std::string body;
    bool is_whole = false;
    std::uint32_t error = 0;  ///< of a reset
    bool is_closed = false;
};

class H2TestClient {
  public:
    explicit H2TestClient(std::vector<nghttp2_settings_entry> settings = {}) {
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_session_callbacks_new(&callbacks);
        nghttp2_session_callbacks_set_on_header_callback(
            callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                          const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
                H2Heard& heard = static_cast<H2TestClient*>(user)->heard[frame->hd.stream_id];
                const std::string text(base::as_text({name, name_size}));
                const std::string says(base::as_text({value, value_size}));
                if (text == ":status") heard.status = says;
                else heard.fields[text] = says;
                return 0;
            });
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
            callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                          void* user) {
                static_cast<H2TestClient*>(user)->heard[id].body += base::as_text({data, size});
                return 0;
            });
        nghttp2_session_callbacks_set_on_frame_recv_callback(
            callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
                auto& self = *static_cast<H2TestClient*>(user);
                if (frame->hd.type == NGHTTP2_GOAWAY) self.goaway = frame->goaway.error_code;
                if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
                    self.heard[frame->hd.stream_id].is_whole = true;
                return 0;
            });
        nghttp2_session_callbacks_set_on_stream_close_callback(
            callbacks, [](nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
                H2Heard& heard = static_cast<H2TestClient*>(user)->heard[id];
                heard.error = error;
                heard.is_closed = true;
                return 0;
            });
        nghttp2_session_client_new(&session_, callbacks, this);
        nghttp2_session_callbacks_del(callbacks);
        nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    }
    ~H2TestClient() { nghttp2_session_del(session_); }
    H2TestClient(const H2TestClient&) = delete;
    H2TestClient& operator=(const H2TestClient&) = delete;

    using Fields = std::vector<std::pair<std::string, std::string>>;
    H2Stream ask(const Fields& fields, const std::string& body = {}) {
        std::vector<nghttp2_nv> list;
        for (const auto& [name, value] : fields)
            list.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
        bodies_.push_back(body);
        nghttp2_data_provider provider{};
        provider.source.fd = static_cast<int>(bodies_.size() - 1);
        provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t most,
                                    std::uint32_t* flags, nghttp2_data_source* source, void* user) -> ssize_t {
            std::string& rest = static_cast<H2TestClient*>(user)->bodies_[static_cast<std::size_t>(source->fd)];
            const std::size_t size = std::min(most, rest.size());
            std::copy_n(rest.data(), size, to);
            rest.erase(0, size);
            if (rest.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
            return static_cast<ssize_t>(size);
        };
        return nghttp2_submit_request(session_, nullptr, list.data(), list.size(), body.empty() ? nullptr : &provider,
                                      nullptr);
    }
    H2Stream get(const std::string& path) {
        return ask({{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", path}});
    }
    void reset(H2Stream id) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL); }

    /// What it has to say.
    std::vector<std::uint8_t> say() {
        std::vector<std::uint8_t> all;
        const std::uint8_t* bytes = nullptr;
        for (auto size = nghttp2_session_mem_send(session_, &bytes); size > 0;
             size = nghttp2_session_mem_send(session_, &bytes))
            all.insert(all.end(), bytes, bytes + size);
        return all;
    }
    void hear(base::ByteView bytes) {
        EXPECT_GE(nghttp2_session_mem_recv(session_, bytes.data(), bytes.size()), 0) << "the server breaks the rules";
    }
    [[nodiscard]] nghttp2_session* session() const noexcept { return session_; }

    std::map<H2Stream, H2Heard> heard;
    std::uint32_t goaway = UINT32_MAX;  ///< the code of the last one

  private:
    static std::uint8_t* bytes_of(const std::string& text) {
        return const_cast<std::uint8_t*>(base::as_bytes(text).data());
    }

    nghttp2_session* session_ = nullptr;
    std::vector<std::string> bodies_;
};

/// One frame by hand.
[[nodiscard]] inline std::vector<std::uint8_t> h2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                                                        base::ByteView payload) {
    const auto size = static_cast<std::uint32_t>(payload.size());
    const auto byte = [](std::uint32_t value, unsigned shift) { return static_cast<std::uint8_t>(value >> shift); };
    std::vector<std::uint8_t> frame = {byte(size, 16),   byte(size, 8),    byte(size, 0),   type,           flags,
                                       byte(stream, 24), byte(stream, 16), byte(stream, 8), byte(stream, 0)};
    frame.insert(frame.end(), payload.begin(), payload.end());
    return frame;
}

/// A request and its reset, back to back, as the attack has it.
[[nodiscard]] inline std::vector<std::uint8_t> h2_rapid_reset(std::uint32_t stream) {
    auto frames = h2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream,
                           std::vector<std::uint8_t>{0x82, 0x86, 0x84, 0x41, 0x01, 'a'});
    const auto reset = h2_frame(NGHTTP2_RST_STREAM, 0, stream, std::vector<std::uint8_t>{0, 0, 0, NGHTTP2_CANCEL});
    frames.insert(frames.end(), reset.begin(), reset.end());
    return frames;
}

}  // namespace weir::proto::http
