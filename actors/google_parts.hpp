#pragma once

#include "http/client/google_client.hpp"

#include <memory>

namespace easel::actors {

/// Google as configured. Without a client nobody can sign in; who is signed in goes on.
struct google_parts {
  client::google_settings settings;
  std::shared_ptr<client::google_client> client;
};

} // namespace easel::actors
