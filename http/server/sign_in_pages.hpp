#pragma once

#include "http/server/exchange.hpp"
#include "persistence/identity.hpp"

#include <string_view>

/// The two pages of a sign-in that are ours. Everything else a person sees on that way is Google's.
namespace easel::server {

/// Begins a sign-in. `after` says what brought the person here, if anything: `signed_out`, or the name of the step that
/// did not work (actors::sign_in_step). `return_to` is a local path or empty. `provider` is the origin to which the
/// form leads in the end.
void send_sign_in_page(exchange& asked, std::string_view after, std::string_view return_to, std::string_view provider);

/// Asks somebody new for their confirmation (CHILD-1). The form sends `age=yes` and `terms=yes` to /sign-in/confirm, or
/// nothing to /sign-in/decline. `missing`: they sent it with one of the two left out.
void send_confirm_page(exchange& asked, const persistence::person_to_confirm& who, bool missing);

} // namespace easel::server
