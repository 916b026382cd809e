#include "tools/easelctl/operator_commands.hpp"

#include "tools/easelctl/refusal.hpp"
#include "tools/easelctl/results.hpp"
#include "tools/easelctl/text_table.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace easel::easelctl {

namespace {

using nlohmann::ordered_json;

struct operator_performer {
  const operator_office& at;

  ordered_json operator()(const add_operator& c) const {
    const auto made = need(at.store.add({c.name, c.role, password(), c.with_totp}, at.actor));
    if (!made.made)
      refuse("there is an operator of this name already");
    ordered_json out{{"operator", c.name}, {"role", to_string(c.role)}};
    if (c.with_totp) {
      // The only time that it is seen: the database has it sealed.
      const auto secret = policies::to_rfc4648_base32(made.totp_secret.reveal());
      out["totp_secret"] = secret;
      out["totp_uri"] = "otpauth://totp/easel:" + c.name + "?secret=" + secret + "&issuer=easel";
    }
    return out;
  }

  ordered_json operator()(const list_operators&) const {
    auto all = ordered_json::array();
    for (const auto& one : need(at.store.list()))
      all.push_back(
        {{"operator", one.name},
         {"role", to_string(one.role)},
         {"totp", one.has_totp},
         {"state", one.disabled_at ? "disabled"
                   : one.is_locked ? "locked"
                                   : "active"},
         {"created_at", to_string(one.created_at)},
         {"last_sign_in_at", one.last_sign_in_at ? ordered_json(to_string(*one.last_sign_in_at)) : nullptr}});
    return {{"operators", std::move(all)}};
  }

  ordered_json operator()(const set_operator_role& c) const {
    must_exist(need(at.store.set_role(c.name, c.role, at.actor)));
    return {{"operator", c.name}, {"role", to_string(c.role)}};
  }

  ordered_json operator()(const set_operator_password& c) const {
    must_exist(need(at.store.set_password(c.name, password(), at.actor)));
    return {{"operator", c.name}, {"password", "set"}};
  }

  ordered_json operator()(const disable_operator& c) const {
    must_exist(need(at.store.disable(c.name, at.actor)));
    return {{"operator", c.name}, {"state", "disabled"}};
  }

private:
  [[nodiscard]] secret_text password() const {
    auto given = at.password();
    if (!given)
      refuse("no password, or not twice the same");
    if (!policies::is_operator_password(given->reveal()))
      refuse("a password has 12 to 200 bytes, without control characters");
    return std::move(*given);
  }
  static void must_exist(bool found) {
    if (!found)
      refuse("there is no such operator");
  }
};

void print_operators(std::ostream& out, const ordered_json& what) {
  if (!what.contains("operators"))
    return print_fields(out, what, 14);
  text_table table({{"NAME"}, {"ROLE"}, {"TOTP"}, {"STATE"}, {"CREATED"}, {"LAST SIGN-IN"}});
  for (const auto& one : what["operators"])
    table.add({plain(one["operator"]), plain(one["role"]), one["totp"].get<bool>() ? "yes" : "no", plain(one["state"]),
               plain(one["created_at"]), plain(one["last_sign_in_at"])});
  out << table.text();
}

} // namespace

int run_operators(const operator_command& what, const operator_office& at, std::ostream& out, std::ostream& err) try {
  const auto result = std::visit(operator_performer{at}, what);
  if (at.json)
    out << result.dump() << '\n';
  else
    print_operators(out, result);
  return 0;
} catch (const refusal& r) {
  err << "easelctl: " << r.sentence << '\n';
  return 1;
}

} // namespace easel::easelctl
