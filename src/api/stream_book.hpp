// What operators have set for single streams while the server runs, and where it is kept (store.path/streams.json). It lies over the
// configuration file, whichever version of that is in force, and together they are the configuration that everybody reads. A change
// is whole or not at all: checked as the file is, kept on the disk, and only then in force. A kept file that cannot be read is left as
// it is, and nothing is changed until it is mended: so nothing in it is lost. Lives on a desk, a thread that handles no media.
#pragma once

#include "api/kept_file.hpp"
#include "base/journal.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "config/overlay.hpp"
#include "config/streams.hpp"
#include "net/http_response.hpp"
#include "net/shard_value.hpp"
#include "stream/push_plan.hpp"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::api {

struct BookLimits {
    std::size_t streams = 1000;
    base::ByteCount text{512U << 10};

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        visit("streams", self.streams,
              Limit{.what = "streams that the API has set something for",
                    .at_limit = "further ones are refused",
                    .metric = "weir_book_refused_total"});
        visit("text", self.text,
              Limit{.what = "bytes of what is kept of them, in `store.path`/streams.json",
                    .at_limit = "what would be more is refused",
                    .metric = "weir_book_refused_total"});
    }
};

struct BookCounts {
    base::Counter changes;
    base::Counter refused;

    void fields(this auto& self, auto&& visit) {
        visit("changes", self.changes, "Changes of single streams over the API.");
        visit("refused", self.refused,
              "Such changes that were refused: a wrong value, a limit, a store that cannot be written.");
    }
};

class StreamBook {
  public:
    /// Who sends streams elsewhere (endpoint/pushes), as far as it is asked here. On the desk.
    struct Restreaming {
        std::function<std::expected<void, std::string>(std::string_view stream, std::string_view url)> check;
        std::function<void(const std::string& stream, const std::vector<config::PushTarget>& targets)> set;
        std::function<std::vector<stream::PushStatus>(const std::string& stream)> list;
    };
    /// Everything that is referred to outlives it.
    struct Surroundings {
        net::ShardValue<config::Config>& config;    ///< with all that lies over the file
        net::ShardValue<config::Overlay>& overlay;  ///< what lies over it
        /// Told of what is in force when it is not one stream alone that changed: at the start, and at a reload.
        std::function<void(const config::ConfigRef&)> reloaded;
        Restreaming restreaming;
        base::Log log;
        BookLimits limits{};
    };
    /// What a change came to.
    struct Done {
        config::StreamOptions options;  ///< that hold for the stream from now on
        std::vector<config::ChangedOption> changed;
    };
    template <typename T>
    using Answer = std::expected<T, net::HttpResponse>;
    /// Changes the entry, or says why it does not.
    using Edit = std::function<Answer<void>(config::StreamEntry& entry)>;

    /// `store` is `store.path`.
    StreamBook(Surroundings around, const std::filesystem::path& store);

    /// The configuration file as it is now. At first, and whenever it was loaded again; a kept file that could not be read is
    /// read again as well. On the desk, or before there is anything on it.
    void set_base(config::ConfigRef base);

    /// On the desk.
    [[nodiscard]] Answer<Done> edit(const std::string& stream, const Edit& change);
    /// Forgets all that was set for the stream. False: there was nothing.
    [[nodiscard]] Answer<bool> forget(const std::string& stream);
    [[nodiscard]] const Restreaming& restreaming() const noexcept { return around_.restreaming; }
    /// Options of the stream by the file alone.
    [[nodiscard]] config::StreamOptions base_options(const std::string& stream) const {
        return config::options_for(*base_, stream);
    }
    [[nodiscard]] const BookCounts& counts() const noexcept { return counts_; }  ///< any thread

  private:
    struct Laid {
        std::shared_ptr<const config::Config> config;
        std::map<std::string, config::Problems> problems;  ///< of entries that do not fit, and so are left out
    };

    void read();
    [[nodiscard]] Laid lay(const config::Overlay& overlay) const;
    [[nodiscard]] Answer<void> check(const config::Overlay& overlay, const Laid& laid, const std::string& stream) const;
    [[nodiscard]] Answer<void> keep(const std::string& text);
    void enforce(config::Overlay overlay, Laid laid);
    [[nodiscard]] Answer<Done> change(config::Overlay next, const std::string& stream);

    const Surroundings around_;
    const KeptFile file_;
    config::ConfigRef base_;
    config::ConfigRef laid_;  ///< in force
    config::Overlay overlay_;
    std::string trouble_;  ///< why the kept file could not be read; nothing is changed meanwhile
    bool was_read_ = false;
    BookCounts counts_;
};

}  // namespace weir::api
