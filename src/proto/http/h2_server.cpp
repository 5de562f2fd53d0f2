#include "proto/http/h2_server.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <deque>
#include <map>
#include <new>
#include <utility>

namespace weir::proto::http {

namespace {

struct FreeSession {
    void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
};
struct FreeCallbacks {
    void operator()(nghttp2_session_callbacks* callbacks) const noexcept { nghttp2_session_callbacks_del(callbacks); }
};
struct FreeOptions {
    void operator()(nghttp2_option* options) const noexcept { nghttp2_option_del(options); }
};

constexpr std::size_t most_acknowledgements = 100;  ///< of pings and settings that the client does not take
constexpr std::size_t most_settings = 32;           ///< in one frame

constexpr std::uint32_t code_of(H2Server::Reset why) noexcept {
    switch (why) {
        case H2Server::Reset::cancelled: return NGHTTP2_CANCEL;
        case H2Server::Reset::enough: return NGHTTP2_ENHANCE_YOUR_CALM;
    }
    return NGHTTP2_INTERNAL_ERROR;
}

/// nghttp2 has no const for what it copies.
std::uint8_t* bytes_of(std::string_view text) noexcept {
    return const_cast<std::uint8_t*>(base::as_bytes(text).data());
}

}  // namespace

// What nghttp2 calls are the functions of Calls; everything that they change is here.
class H2Server::Machine {
  public:
    Machine(const RequestLimits& request, const H2Limits& limits);

    void receive(base::ByteView bytes, base::Instant now);
    std::optional<H2Event> next_event();
    void take_output(std::size_t most, std::vector<std::uint8_t>& out);
    void go_on(H2Stream id);
    void respond(H2Stream id, std::string_view head, std::vector<base::Bytes> body, bool is_complete);
    void feed(H2Stream id, base::Bytes bytes);
    void finish(H2Stream id);
    void reset(H2Stream id, std::uint32_t code);
    void shut_down(std::optional<H2Fault> fault);

    struct Stream {
        std::optional<H2RequestHead> head;  ///< while it comes
        std::uint64_t received = 0;         ///< bytes of the request's body
        bool is_told = false;               ///< the owner knows of it
        bool is_complete = false;           ///< the request is
        bool is_ignored = false;            ///< what still comes of the body
        bool has_answer = false;            ///< its owner gave one
        bool is_answered = false;           ///< all of that is in frames
        std::deque<base::Bytes> body;       ///< what is not in frames yet
        std::size_t backlog = 0;            ///< bytes of that
        std::uint64_t sent = 0;
        bool is_fed = false;  ///< more of the body may come
    };
    [[nodiscard]] const Stream* find(H2Stream id) const noexcept {
        const auto found = streams_.find(id);
        return found == streams_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] Stream* find(H2Stream id) noexcept {
        const auto found = streams_.find(id);
        return found == streams_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] nghttp2_session* session() const noexcept { return session_.get(); }
    [[nodiscard]] bool is_in_header() const noexcept { return watch_.is_in_header(); }

  private:
    struct Calls;
    void tell(H2Event event);
    void close(std::optional<H2Fault> fault);
    void end_request(H2Stream id, Stream& stream);
    void take_body(H2Stream id, base::ByteView bytes);
    void take_request(H2Stream id, bool is_whole);
    void forget(H2Stream id);
    [[nodiscard]] ssize_t frame_body(Stream& stream, std::size_t most, std::uint32_t& flags);
    int write_body(Stream& stream, const std::uint8_t* frame_header, std::size_t size);

    RequestLimits request_limits_;
    H2Watch watch_;
    std::unique_ptr<nghttp2_session, FreeSession> session_;
    std::map<H2Stream, Stream> streams_;
    std::deque<H2Event> events_;
    bool is_closed_ = false;
    std::vector<std::uint8_t>* out_ = nullptr;  ///< of the `take_output` under way
    std::size_t most_ = 0;                      ///< bytes that `out_` is to have
    std::string names_;
};

struct H2Server::Machine::Calls {
    static Machine& machine(void* user) noexcept { return *static_cast<Machine*>(user); }

    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
            machine(user).streams_[frame->hd.stream_id].head.emplace(machine(user).request_limits_);
        return 0;
    }
    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
        Stream* stream = machine(user).find(frame->hd.stream_id);
        if (stream != nullptr && stream->head)
            stream->head->add(base::as_text({name, name_size}), base::as_text({value, value_size}));
        return 0;
    }
    static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        Machine& self = machine(user);
        const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
            self.take_request(frame->hd.stream_id, is_last);
        if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
        Stream* stream = self.find(frame->hd.stream_id);
        if (is_last && stream != nullptr) self.end_request(frame->hd.stream_id, *stream);
        return 0;
    }
    static int data_received(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                             std::size_t size, void* user) {
        machine(user).take_body(id, {data, size});
        return 0;
    }
    static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
        machine(user).forget(id);
        return 0;
    }
    static int frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
        Machine& self = machine(user);
        if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
            frame->rst_stream.error_code != NGHTTP2_CANCEL)
            if (const auto fault = self.watch_.note_reset()) self.close(fault);
        // nghttp2 says so to a client that breaks the rules.
        if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR)
            self.close(H2Fault::malformed);
        const bool can_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
        if (!can_end || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
        Stream* stream = self.find(frame->hd.stream_id);
        if (stream == nullptr) return 0;
        stream->is_answered = true;
        // The rest of a request that has had its answer is not wanted (RFC 9113 8.1).
        if (!stream->is_complete)
            nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
        return 0;
    }
    static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t most, std::uint32_t* flags,
                             nghttp2_data_source*, void* user) {
        Stream* stream = machine(user).find(id);
        return stream != nullptr ? machine(user).frame_body(*stream, most, *flags)
                                 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    static int send_body(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* frame_header, std::size_t size,
                         nghttp2_data_source*, void* user) {
        Stream* stream = machine(user).find(frame->hd.stream_id);
        if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        return machine(user).write_body(*stream, frame_header, size);
    }
};

H2Server::Machine::Machine(const RequestLimits& request, const H2Limits& limits)
    : request_limits_(request), watch_(limits) {
    nghttp2_session_callbacks* raw_callbacks = nullptr;
    nghttp2_option* raw_options = nullptr;
    if (nghttp2_session_callbacks_new(&raw_callbacks) != 0) throw std::bad_alloc();
    const std::unique_ptr<nghttp2_session_callbacks, FreeCallbacks> callbacks(raw_callbacks);
    if (nghttp2_option_new(&raw_options) != 0) throw std::bad_alloc();
    const std::unique_ptr<nghttp2_option, FreeOptions> options(raw_options);
    nghttp2_session_callbacks_set_on_begin_headers_callback(raw_callbacks, &Calls::begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(raw_callbacks, &Calls::header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(raw_callbacks, &Calls::frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw_callbacks, &Calls::data_received);
    nghttp2_session_callbacks_set_on_stream_close_callback(raw_callbacks, &Calls::stream_closed);
    nghttp2_session_callbacks_set_on_frame_send_callback(raw_callbacks, &Calls::frame_sent);
    nghttp2_session_callbacks_set_send_data_callback(raw_callbacks, &Calls::send_body);
    nghttp2_option_set_no_closed_streams(raw_options, 1);
    nghttp2_option_set_max_outbound_ack(raw_options, most_acknowledgements);
    nghttp2_option_set_max_settings(raw_options, most_settings);
    nghttp2_session* session = nullptr;
    if (nghttp2_session_server_new2(&session, raw_callbacks, this, raw_options) != 0) throw std::bad_alloc();
    session_.reset(session);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(request.header_bytes)},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings));
}

void H2Server::Machine::receive(base::ByteView bytes, base::Instant now) {
    if (is_closed_) return;
    if (const auto fault = watch_.receive(bytes, now)) return close(fault);
    const auto taken = nghttp2_session_mem_recv(session(), bytes.data(), bytes.size());
    if (taken < 0) return close(taken == NGHTTP2_ERR_FLOODED ? H2Fault::flood : H2Fault::malformed);
}

std::optional<H2Event> H2Server::Machine::next_event() {
    if (events_.empty()) return std::nullopt;
    H2Event event = std::move(events_.front());
    events_.pop_front();
    if (const auto* request = std::get_if<H2Request>(&event))
        if (Stream* stream = find(request->stream)) stream->is_told = true;
    return event;
}

void H2Server::Machine::take_output(std::size_t most, std::vector<std::uint8_t>& out) {
    out_ = &out;
    most_ = most;
    while (out.size() < most) {
        const std::uint8_t* frame = nullptr;
        const auto size = nghttp2_session_mem_send(session(), &frame);
        if (size < 0) close(H2Fault::malformed);
        if (size <= 0) break;
        out.insert(out.end(), frame, frame + size);
    }
    out_ = nullptr;
    const bool is_over = nghttp2_session_want_read(session()) == 0 && nghttp2_session_want_write(session()) == 0;
    if (is_over && out.size() < most) close(std::nullopt);
}

// After `H2Closed` there is nothing.
void H2Server::Machine::tell(H2Event event) {
    if (!is_closed_) events_.push_back(std::move(event));
}

void H2Server::Machine::close(std::optional<H2Fault> fault) {
    if (is_closed_) return;
    tell(H2Closed{fault});
    is_closed_ = true;
    if (fault)
        nghttp2_session_terminate_session(
            session(), *fault == H2Fault::malformed ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
}

void H2Server::Machine::shut_down(std::optional<H2Fault> fault) {
    if (fault) return close(fault);
    nghttp2_submit_goaway(session(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session()),
                          NGHTTP2_NO_ERROR, nullptr, 0);
}

void H2Server::Machine::take_request(H2Stream id, bool is_whole) {
    Stream* stream = find(id);
    if (stream == nullptr || !stream->head) return;
    Parsed<Request> request = stream->head->parse(is_whole);
    stream->head.reset();
    stream->is_ignored = !request.has_value();
    tell(H2Request{id, std::move(request), is_whole});
}

void H2Server::Machine::take_body(H2Stream id, base::ByteView bytes) {
    Stream* stream = find(id);
    if (stream == nullptr || stream->is_ignored || bytes.empty()) return;
    stream->received += bytes.size();
    if (stream->received > request_limits_.body) {
        stream->is_ignored = true;
        tell(H2TooLarge{id});
        return;
    }
    tell(H2Body{id, {bytes.begin(), bytes.end()}});
}

void H2Server::Machine::end_request(H2Stream id, Stream& stream) {
    if (std::exchange(stream.is_complete, true) || stream.is_ignored) return;
    tell(H2End{id});
}

// What nobody was told of a stream that is gone, nobody has to know.
void H2Server::Machine::forget(H2Stream id) {
    const Stream* stream = find(id);
    if (stream == nullptr) return;
    const bool is_told = stream->is_told;
    const H2Gone gone{id, stream->is_answered, stream->sent};
    streams_.erase(id);
    std::erase_if(events_, [id](const H2Event& event) {
        return std::visit(
            [id](const auto& each) {
                if constexpr (requires { each.stream; }) return each.stream == id;
                else return false;
            },
            event);
    });
    if (is_told) tell(gone);
}

void H2Server::Machine::go_on(H2Stream id) {
    const nghttp2_nv status{bytes_of(":status"), bytes_of("100"), 7, 3, NGHTTP2_NV_FLAG_NONE};
    if (find(id) != nullptr) nghttp2_submit_headers(session(), NGHTTP2_FLAG_NONE, id, nullptr, &status, 1, nullptr);
}

void H2Server::Machine::respond(H2Stream id, std::string_view head, std::vector<base::Bytes> body, bool is_complete) {
    Stream* stream = find(id);
    if (stream == nullptr || std::exchange(stream->has_answer, true)) return;
    std::vector<nghttp2_nv> fields;
    for (const Field& field : h2_response_fields(head, names_))
        fields.push_back(
            {bytes_of(field.name), bytes_of(field.value), field.name.size(), field.value.size(), NGHTTP2_NV_FLAG_NONE});
    for (base::Bytes& slice : body) {
        if (slice.empty()) continue;
        stream->backlog += slice.size();
        stream->body.push_back(std::move(slice));
    }
    stream->is_fed = !is_complete;
    const nghttp2_data_provider provider{.source = {}, .read_callback = &Calls::read_body};
    const bool has_body = stream->backlog > 0 || stream->is_fed;
    nghttp2_submit_response(session(), id, fields.data(), fields.size(), has_body ? &provider : nullptr);
}

void H2Server::Machine::feed(H2Stream id, base::Bytes bytes) {
    Stream* stream = find(id);
    if (stream == nullptr || !stream->is_fed || bytes.empty()) return;
    stream->backlog += bytes.size();
    stream->body.push_back(std::move(bytes));
    nghttp2_session_resume_data(session(), id);
}

void H2Server::Machine::finish(H2Stream id) {
    Stream* stream = find(id);
    if (stream == nullptr || !std::exchange(stream->is_fed, false)) return;
    nghttp2_session_resume_data(session(), id);
}

void H2Server::Machine::reset(H2Stream id, std::uint32_t code) {
    if (find(id) != nullptr) nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, id, code);
}

// How much of the body the next frame takes. Its bytes go out by `write_body`, from where they are.
ssize_t H2Server::Machine::frame_body(Stream& stream, std::size_t most, std::uint32_t& flags) {
    const std::size_t size = std::min(stream.backlog, most);
    if (size == 0 && stream.is_fed) return NGHTTP2_ERR_DEFERRED;
    flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (size == stream.backlog && !stream.is_fed) flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
}

int H2Server::Machine::write_body(Stream& stream, const std::uint8_t* frame_header, std::size_t size) {
    if (out_->size() >= most_) return NGHTTP2_ERR_WOULDBLOCK;
    constexpr std::size_t frame_header_size = 9;
    out_->insert(out_->end(), frame_header, frame_header + frame_header_size);
    stream.sent += size;
    stream.backlog -= size;
    watch_.note_sent(size);
    while (size > 0) {
        base::Bytes& slice = stream.body.front();
        const std::size_t piece = std::min(size, slice.size());
        out_->insert(out_->end(), slice.begin(), slice.begin() + piece);
        size -= piece;
        if (piece == slice.size()) stream.body.pop_front();
        else slice = slice.slice(piece);
    }
    return 0;
}

H2Server::H2Server(const RequestLimits& request, const H2Limits& limits)
    : machine_(std::make_unique<Machine>(request, limits)) {}
H2Server::~H2Server() = default;

void H2Server::receive(base::ByteView bytes, base::Instant now) { machine_->receive(bytes, now); }
std::optional<H2Event> H2Server::next_event() { return machine_->next_event(); }
void H2Server::take_output(std::size_t most, std::vector<std::uint8_t>& out) { machine_->take_output(most, out); }
void H2Server::go_on(H2Stream stream) { machine_->go_on(stream); }
void H2Server::respond(H2Stream stream, std::string_view head, std::vector<base::Bytes> body) {
    machine_->respond(stream, head, std::move(body), true);
}
void H2Server::respond(H2Stream stream, std::string_view head) { machine_->respond(stream, head, {}, false); }
void H2Server::feed(H2Stream stream, base::Bytes bytes) { machine_->feed(stream, std::move(bytes)); }
void H2Server::finish(H2Stream stream) { machine_->finish(stream); }
void H2Server::reset(H2Stream stream, Reset why) { machine_->reset(stream, code_of(why)); }
void H2Server::shut_down(std::optional<H2Fault> fault) { machine_->shut_down(fault); }

std::size_t H2Server::backlog(H2Stream stream) const noexcept {
    const auto* found = machine_->find(stream);
    return found != nullptr ? found->backlog : 0;
}
std::uint64_t H2Server::sent(H2Stream stream) const noexcept {
    const auto* found = machine_->find(stream);
    return found != nullptr ? found->sent : 0;
}
bool H2Server::is_window_shut(H2Stream stream) const noexcept {
    return nghttp2_session_get_stream_remote_window_size(machine_->session(), stream) <= 0;
}
bool H2Server::is_in_header() const noexcept { return machine_->is_in_header(); }

}  // namespace weir::proto::http
