// Certificates for tests: made on the spot, signed by themselves, in a folder that goes with the test.
#pragma once

#include "net/tls_context.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace weir::net {

class Certificates {
  public:
    Certificates()
        : folder_(std::filesystem::temp_directory_path() / ("weir-tls-" + std::to_string(::getpid()) + "-" +
                                                            std::to_string(reinterpret_cast<std::uintptr_t>(this)))) {
        std::filesystem::create_directories(folder_);
    }
    ~Certificates() { std::filesystem::remove_all(folder_); }
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

    /// NAME.pem and NAME.key, for that host.
    [[nodiscard]] TlsFiles make(const std::string& name, const std::string& host) const {
        TlsFiles files{.certificate = path(name + ".pem"), .key = path(name + ".key")};
        EVP_PKEY* key = EVP_EC_gen("P-256");
        X509* certificate = X509_new();
        X509_set_version(certificate, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        const std::string common_name = name;
        const void* text = common_name.c_str();
        X509_NAME* subject = X509_get_subject_name(certificate);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, static_cast<const unsigned char*>(text), -1, -1, 0);
        X509_set_issuer_name(certificate, subject);
        const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos;
        X509_EXTENSION* names =
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ((is_address ? "IP:" : "DNS:") + host).c_str());
        X509_add_ext(certificate, names, -1);
        X509_sign(certificate, key, EVP_sha256());
        write(files.certificate, [&](std::FILE* to) { PEM_write_X509(to, certificate); });
        write(files.key, [&](std::FILE* to) { PEM_write_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr); });
        X509_EXTENSION_free(names);
        X509_free(certificate);
        EVP_PKEY_free(key);
        return files;
    }
    std::string write_text(const std::string& name, const std::string& text) const {
        std::ofstream(path(name)) << text;
        return path(name);
    }

  private:
    static void write(const std::string& path, auto&& writer) {
        std::FILE* to = std::fopen(path.c_str(), "w");
        ASSERT_NE(to, nullptr) << path;
        writer(to);
        (void)std::fclose(to);
    }

    std::filesystem::path folder_;
};

}  // namespace weir::net
