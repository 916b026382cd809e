#include "persistence/sealed_identity.hpp"

#include <algorithm>
#include <array>

namespace easel::persistence {

namespace {

std::string context_of(const uuid& row, std::string_view field) {
  std::string context(reinterpret_cast<const char*>(row.bytes.data()), row.bytes.size());
  return context.append(field);
}

std::string_view label_of(person_field which) {
  switch (which) {
  case person_field::subject:
    return "person.subject";
  case person_field::email:
    return "person.email";
  case person_field::name:
    return "person.name";
  }
  return "person";
}

secret_text open_text(const content_key& key, const std::string& context, std::string_view sealed) {
  return secret_text(open(key, context, sealed).value_or(std::string()));
}

constexpr std::string_view verifier_label = "sign_in.verifier";
constexpr std::string_view claims_label = "sign_in.claims";

} // namespace

digest subject_hash(const keyring& keys, const policies::identity_claims& claims) {
  return keys.keyed_hash(hash_purpose::subject, policies::subject_source(claims));
}

digest email_hash(const keyring& keys, const policies::identity_claims& claims) {
  return keys.keyed_hash(hash_purpose::email, policies::email_source(claims.email.reveal()));
}

std::string seal_field(const content_key& key, account_id owner, person_field which, const secret_text& text) {
  return seal(key, context_of(owner.value, label_of(which)), text.reveal());
}

secret_text open_field(const content_key& key, account_id owner, person_field which, std::string_view sealed) {
  return open_text(key, context_of(owner.value, label_of(which)), sealed);
}

std::string seal_verifier(const content_key& key, sign_in_id of, const secret_text& verifier) {
  return seal(key, context_of(of.value, verifier_label), verifier.reveal());
}

secret_text open_verifier(const content_key& key, sign_in_id of, std::string_view sealed) {
  return open_text(key, context_of(of.value, verifier_label), sealed);
}

// No claim holds a line end: first_bad_claim sees to it.
std::string seal_claims(const content_key& key, sign_in_id of, const policies::identity_claims& claims) {
  const auto plain =
    claims.issuer + '\n' + claims.subject.reveal() + '\n' + claims.email.reveal() + '\n' + claims.name.reveal();
  return seal(key, context_of(of.value, claims_label), plain);
}

std::optional<policies::identity_claims> open_claims(const content_key& key, sign_in_id of, std::string_view sealed) {
  const auto plain = open(key, context_of(of.value, claims_label), sealed);
  if (!plain)
    return std::nullopt;
  std::array<std::string, 4> parts;
  std::size_t from = 0;
  for (auto& part : parts) {
    const auto end = std::min(plain->find('\n', from), plain->size());
    part = plain->substr(from, end - from);
    from = std::min(end + 1, plain->size());
  }
  policies::identity_claims claims{std::move(parts[0]), secret_text(std::move(parts[1])),
                                   secret_text(std::move(parts[2])), secret_text(std::move(parts[3]))};
  return policies::first_bad_claim(claims) ? std::nullopt : std::optional(std::move(claims));
}

} // namespace easel::persistence
