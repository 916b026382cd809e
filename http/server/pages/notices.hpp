#pragma once

#include "actors/front_door.hpp"
#include "http/server/exchange.hpp"
#include "http/server/pages/page_template.hpp"

#include <string>
#include <string_view>

/// What people are told of changes of the documents (CHANGE-1), on every page for somebody who is signed in: a banner
/// with a form, which needs no script.
namespace easel::server {

/// What has changed, in the language of whoever asks: one sentence for each change that matters.
[[nodiscard]] std::string summary_of(const exchange& asked, const policies::open_notice& notice);

/// What a page shows of the first of them; those behind it come when it is acknowledged. Nothing when there is none.
[[nodiscard]] page_values notice_values(const exchange& asked, std::span<const policies::open_notice> open);

/// What is acknowledged by these words. The error names the field, and what it may be.
[[nodiscard]] expected<policies::acknowledgement, policies::field_error> read_acknowledgement(std::string_view document,
                                                                                              std::string_view version);

/// POST /notices: the banner's form.
void acknowledge_by_form(actors::front_door& front, const exchange_ptr& asked);

} // namespace easel::server
