#pragma once

#include "http/server/exchange.hpp"

#include <string_view>

/// The console's page and its files, as they were when the server was built. They hold nothing of anybody: whoever has
/// no credential gets them too, and sees a form that asks for one.
namespace easel::server {

void serve_console_page(const exchange_ptr& asked);

/// A file under an address that changes with the files' content.
void serve_console_file(const exchange_ptr& asked, std::string_view version, std::string_view name);

} // namespace easel::server
