// From the bytes of a container to findings: FLV, MPEG-TS and fragmented MP4, each by the reader that the server has for it. Which one it is shows
// in the first bytes. One owner; bytes are taken as they come.
#pragma once

#include "app/probe_findings.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "format/flv_body_parser.hpp"
#include "format/flv_metadata.hpp"

#include <memory>
#include <vector>

namespace weir::app {

/// One container's way into the findings, which outlive it.
class ContainerReader {
  public:
    virtual ~ContainerReader() = default;
    /// An error is for good: what follows cannot be read.
    [[nodiscard]] virtual base::Result<void> receive(base::ByteView bytes) = 0;
    /// Nothing follows.
    [[nodiscard]] virtual base::Result<void> finish() { return {}; }
};

/// Recognizes the container, and reads it.
class ProbeReader {
  public:
    explicit ProbeReader(ProbeFindings& findings) noexcept : findings_(findings) {}

    /// `unsupported`, where it is none that is known.
    [[nodiscard]] base::Result<void> receive(base::ByteView bytes);
    [[nodiscard]] base::Result<void> finish();

  private:
    [[nodiscard]] base::Result<void> recognize();

    ProbeFindings& findings_;
    std::vector<std::uint8_t> start_;  ///< until it is recognized
    std::unique_ptr<ContainerReader> container_;
};

/// Bodies of FLV tags, which are those of RTMP messages too.
class FlvFindings {
  public:
    explicit FlvFindings(ProbeFindings& findings) noexcept : findings_(findings) {}
    void receive(format::flv::TagType type, std::uint32_t timestamp, const base::Bytes& body);

  private:
    void take(format::flv::Event event);

    ProbeFindings& findings_;
    format::flv::BodyParser bodies_;
    format::flv::Metadata metadata_;
};

}  // namespace weir::app
