#pragma once

#include "http/server/pages/page_template.hpp"
#include "http/server/routes.hpp"
#include "http/server/settings.hpp"

namespace easel::server {

/// The pages of policies::documents_in_force(). Every number on them is one of `facts`, which are the settings that
/// enforce it, and every recipient one of policies::disclosure_rules(): page and behaviour cannot differ.
[[nodiscard]] std::vector<route> document_routes(const document_facts& facts);

/// What the documents' texts may refer to, by name.
[[nodiscard]] page_values values_of(const document_facts& facts);

} // namespace easel::server
