#include "tests/support/kept_connections.hpp"

#include <dlfcn.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <vector>

namespace easel::tests {

namespace {

constexpr std::size_t most_of_a_kind = 8;

/// All that a session remembers of its user but what it has learned: DISCARD ALL would throw the plans away, too.
constexpr auto forget_user = "reset session authorization; reset role; reset all; deallocate all; unlisten *;"
                             " discard temp; select pg_advisory_unlock_all()";

template <class Function>
Function* libpq(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

PGconn* connect(const char* words) {
  static auto* const really = libpq<PGconn*(const char*)>("PQconnectdb");
  return really(words);
}

void finish(PGconn* session) {
  static auto* const really = libpq<void(PGconn*)>("PQfinish");
  really(session);
}

/// An idle session has nothing to say unless the server has ended it.
bool is_alive(PGconn* session) {
  pollfd socket{PQsocket(session), POLLIN, 0};
  return PQstatus(session) == CONNECTION_OK && poll(&socket, 1, 0) == 0;
}

bool as_new(PGconn* session) {
  if (PQstatus(session) != CONNECTION_OK || PQtransactionStatus(session) != PQTRANS_IDLE
      || PQpipelineStatus(session) != PQ_PIPELINE_OFF || PQsetnonblocking(session, 0) != 0)
    return false;
  PGresult* const done = PQexec(session, forget_user);
  const bool is_done = PQresultStatus(done) == PGRES_TUPLES_OK;
  PQclear(done);
  while (PGnotify* const told = PQnotifies(session))
    PQfreemem(told);
  return is_done && is_alive(session);
}

class cabinet {
public:
  void open(const std::string& name) {
    const std::lock_guard lock(mutex_);
    names_.insert(name);
  }

  void close(const std::string& name) {
    const std::lock_guard lock(mutex_);
    names_.erase(name);
    for (auto& [words, sessions] : kept_) {
      if (words.find(name) == std::string::npos)
        continue;
      std::for_each(sessions.begin(), sessions.end(), finish);
      sessions.clear();
    }
  }

  PGconn* take(const std::string& words) {
    const std::lock_guard lock(mutex_);
    auto& sessions = kept_[words];
    while (!sessions.empty()) {
      PGconn* const session = sessions.back();
      sessions.pop_back();
      if (is_alive(session)) {
        lent_[session] = words;
        return session;
      }
      finish(session);
    }
    return nullptr;
  }

  void lend(PGconn* session, const std::string& words) {
    const std::lock_guard lock(mutex_);
    if (is_of_ours(words))
      lent_[session] = words;
  }

  bool put_back(PGconn* session) {
    const std::lock_guard lock(mutex_);
    const auto lent = lent_.extract(session);
    if (lent.empty() || !is_of_ours(lent.mapped()))
      return false;
    auto& sessions = kept_[lent.mapped()];
    if (sessions.size() >= most_of_a_kind || !as_new(session))
      return false;
    sessions.push_back(session);
    return true;
  }

private:
  [[nodiscard]] bool is_of_ours(const std::string& words) const {
    return std::any_of(names_.begin(), names_.end(),
                       [&](const auto& name) { return words.find(name) != std::string::npos; });
  }

  std::mutex mutex_;
  std::set<std::string> names_;
  std::map<PGconn*, std::string> lent_;              ///< what was said to connect
  std::map<std::string, std::vector<PGconn*>> kept_; ///< by the same
};

/// Sessions may end after everything else has.
cabinet& all() {
  static auto* const one = new cabinet;
  return *one;
}

} // namespace

void keep_connections(const std::string& name) { all().open(name); }
void end_kept_connections(const std::string& name) { all().close(name); }

} // namespace easel::tests

extern "C" PGconn* PQconnectdb(const char* words) {
  using easel::tests::all;
  if (PGconn* const kept = all().take(words))
    return kept;
  PGconn* const session = easel::tests::connect(words);
  all().lend(session, words);
  return session;
}

extern "C" void PQfinish(PGconn* session) {
  if (session != nullptr && !easel::tests::all().put_back(session))
    easel::tests::finish(session);
}
