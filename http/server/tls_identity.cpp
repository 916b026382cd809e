#include "http/server/tls_identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

namespace easel::server {
namespace {

constexpr std::size_t longest_file = 256u << 10;
constexpr std::size_t most_certificates = 32; ///< in one file

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* it) const {
    Free(it);
  }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using certificates = std::vector<certificate_ptr>;
template <class T>
using or_reason = expected<T, std::string>;

/// The newest entry of OpenSSL's queue, and none of them left behind.
std::string openssl_reason() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* text = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return text != nullptr ? text : "no reason given";
}

/// The whole file, wiped when it goes: it may be a key. Checks are made on the open file, so that it cannot be
/// exchanged in between.
class file_content {
public:
  static or_reason<file_content> read(const std::string& path, bool is_secret) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
      return unexpected("cannot read " + path + ": " + std::generic_category().message(errno));
    file_content out;
    auto problem = out.fill(fd, path, is_secret);
    ::close(fd);
    if (!problem.empty())
      return unexpected(std::move(problem));
    return out;
  }

  file_content(file_content&&) = default;
  file_content& operator=(file_content&&) = default;
  ~file_content() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  [[nodiscard]] bio_ptr reader() const { return bio_ptr(BIO_new_mem_buf(bytes_.data(), static_cast<int>(size_))); }

private:
  file_content() : bytes_(longest_file + 1) {}

  std::string fill(int fd, const std::string& path, bool is_secret) {
    struct stat facts {};
    if (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
      return path + " is not a regular file";
    if (is_secret && (facts.st_mode & (S_IROTH | S_IWOTH)) != 0)
      return "everybody may read or write " + path + ": chmod 600 it";
    for (ssize_t got = 1; got != 0 && size_ < bytes_.size(); size_ += static_cast<std::size_t>(got))
      if (got = ::read(fd, bytes_.data() + size_, bytes_.size() - size_); got < 0)
        return "cannot read " + path + ": " + std::generic_category().message(errno);
    return size_ > longest_file ? path + " is larger than 256 KiB" : "";
  }

  std::vector<char> bytes_; // never grows: no copy of a key is left behind
  std::size_t size_ = 0;
};

or_reason<certificates> read_certificates(const std::string& path) {
  const auto content = file_content::read(path, false);
  if (!content)
    return unexpected(content.error());
  const auto reader = content->reader();
  certificates out;
  ERR_clear_error();
  while (auto* next = PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)) {
    out.emplace_back(next);
    if (out.size() > most_certificates)
      return unexpected(path + " holds more than 32 certificates");
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const auto reason = openssl_reason();
  if (!at_end)
    return unexpected(path + " is no PEM file of certificates: " + reason);
  if (out.empty())
    return unexpected(path + " holds no certificate");
  return out;
}

or_reason<key_ptr> read_key(const std::string& path) {
  const auto content = file_content::read(path, true);
  if (!content)
    return unexpected(content.error());
  const auto no_password = [](char*, int, int, void*) { return -1; };
  key_ptr key(PEM_read_bio_PrivateKey(content->reader().get(), nullptr, no_password, nullptr));
  if (!key)
    return unexpected(path + " is no PEM file with an unencrypted private key: " + openssl_reason());
  return key;
}

or_reason<std::chrono::sys_seconds> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1)
    return unexpected(std::string("its dates cannot be read"));
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

/// When the first of them expires; an error when one has, or is not valid yet.
or_reason<std::chrono::sys_seconds> check_dates(const certificates& chain, const std::string& path,
                                                std::chrono::sys_seconds now) {
  auto first = std::chrono::sys_seconds::max();
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto from = time_of(X509_get0_notBefore(chain[i].get()));
    const auto until = time_of(X509_get0_notAfter(chain[i].get()));
    const auto which = path + ": certificate " + std::to_string(i + 1) + ' ';
    if (!from || !until)
      return unexpected(which + "has dates that cannot be read");
    if (*until <= now)
      return unexpected(which + "has expired");
    if (*from > now)
      return unexpected(which + "is not valid yet");
    first = std::min(first, *until);
  }
  return first;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, length, ours.data(), ours.size(), offered, offered_length)
      != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<SSL_CTX> make_context() {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), [](SSL_CTX* it) { SSL_CTX_free(it); });
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1
      || SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    throw std::runtime_error("OpenSSL makes no TLS context: " + openssl_reason());
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET
                                       | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return context;
}

bool signs_for_all_of_cloudflare(X509* ca) {
  std::array<char, 64> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(ca), NID_commonName, name.data(), name.size());
  return std::string_view(name.data()) == "origin-pull.cloudflare.net";
}

/// From now on a peer must show a certificate that one of these signed.
std::string demand_certificates(SSL_CTX* context, const certificates& authorities, const std::string& path) {
  auto* store = SSL_CTX_get_cert_store(context);
  for (std::size_t i = 0; i < authorities.size(); ++i) {
    auto* ca = authorities[i].get();
    if (X509_check_ca(ca) == 0)
      return path + ": certificate " + std::to_string(i + 1) + " is not that of an authority";
    if (X509_STORE_add_cert(store, ca) != 1 || SSL_CTX_add_client_CA(context, ca) != 1)
      return path + ": certificate " + std::to_string(i + 1) + ": " + openssl_reason();
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

std::string show_certificates(SSL_CTX* context, const certificates& chain, const std::string& path) {
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1)
    return path + ": " + openssl_reason();
  for (std::size_t i = 1; i < chain.size(); ++i)
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1)
      return path + ": certificate " + std::to_string(i + 1) + ": " + openssl_reason();
  return {};
}

} // namespace

expected<tls_identity, tls_problem> load_tls_identity(const tls_settings& settings, std::chrono::sys_seconds now) {
  const auto problem = [](const char* key, std::string reason) {
    return unexpected(tls_problem{key, std::move(reason)});
  };
  tls_identity out{make_context(), {}};
  auto chain = read_certificates(settings.certificate);
  if (!chain)
    return problem("certificate", chain.error());
  const auto expires = check_dates(*chain, settings.certificate, now);
  if (!expires)
    return problem("certificate", expires.error());
  out.expires = *expires;
  if (auto reason = show_certificates(out.context.get(), *chain, settings.certificate); !reason.empty())
    return problem("certificate", std::move(reason));
  if (settings.key.empty())
    return problem("key", "is required with a certificate");
  const auto key = read_key(settings.key);
  if (!key)
    return problem("key", key.error());
  if (X509_check_private_key(chain->front().get(), key->get()) != 1
      || SSL_CTX_use_PrivateKey(out.context.get(), key->get()) != 1) {
    ERR_clear_error();
    return problem("key", settings.key + " does not belong to the certificate");
  }
  if (settings.client_ca.empty())
    return out;
  const auto authorities = read_certificates(settings.client_ca);
  if (!authorities)
    return problem("client_ca", authorities.error());
  if (const auto dates = check_dates(*authorities, settings.client_ca, now); !dates)
    return problem("client_ca", dates.error());
  if (auto reason = demand_certificates(out.context.get(), *authorities, settings.client_ca); !reason.empty())
    return problem("client_ca", std::move(reason));
  out.admits_any_cloudflare_zone = std::any_of(authorities->begin(), authorities->end(),
                                               [](const auto& ca) { return signs_for_all_of_cloudflare(ca.get()); });
  return out;
}

} // namespace easel::server
