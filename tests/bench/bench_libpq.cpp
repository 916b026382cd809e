// What the machine can do: how long one fdatasync takes, and how many images per second a bare loop of binary inserts
// stores on one connection with a commit each. Prints JSON.
//
//   bench_libpq fsync DIRECTORY COUNT
//   bench_libpq insert DATABASE_URL COUNT BYTES

#include <libpq-fe.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using result = std::unique_ptr<PGresult, decltype(&PQclear)>;

double milliseconds(clock_type::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

nlohmann::json report(std::vector<double> times) {
  double total = 0;
  for (const double t : times)
    total += t;
  std::sort(times.begin(), times.end());
  const auto count = static_cast<double>(times.size());
  return {{"count", times.size()},
          {"p50_ms", times[times.size() / 2]},
          {"p99_ms", times[times.size() * 99 / 100]},
          {"per_second", 1000.0 * count / total}};
}

/// As PostgreSQL writes its log: a block of 8 KiB into a file that has its size already, then fdatasync.
nlohmann::json measure_fsync(const std::string& directory, int count) {
  std::string path = directory + "/fsync.XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0)
    throw std::runtime_error("cannot create a file in " + directory);
  unlink(path.c_str());
  const std::vector<char> block(8192, 'x');
  constexpr off_t size = 16 << 20;
  for (off_t at = 0; at < size; at += 8192)
    if (pwrite(file, block.data(), block.size(), at) != 8192)
      throw std::runtime_error("cannot write");
  fsync(file);
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const auto since = clock_type::now();
    if (pwrite(file, block.data(), block.size(), i * off_t{8192} % size) != 8192 || fdatasync(file) != 0)
      throw std::runtime_error("cannot write");
    times.push_back(milliseconds(clock_type::now() - since));
  }
  close(file);
  return report(std::move(times));
}

void check(PGconn* connection, const result& answer, ExecStatusType wanted) {
  if (PQresultStatus(answer.get()) != wanted)
    throw std::runtime_error(PQerrorMessage(connection));
}

nlohmann::json measure_inserts(const std::string& url, int count, std::size_t bytes) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), &PQfinish);
  PGconn* c = connection.get();
  if (PQstatus(c) != CONNECTION_OK)
    throw std::runtime_error(PQerrorMessage(c));
  const auto execute = [c](const char* sql) { check(c, result(PQexec(c, sql), &PQclear), PGRES_COMMAND_OK); };
  execute("create table if not exists image (id bigint generated always as identity, bytes bytea not null)");
  execute("alter table image alter column bytes set storage external");
  check(c, result(PQprepare(c, "put", "insert into image (bytes) values ($1)", 1, nullptr), &PQclear),
        PGRES_COMMAND_OK);

  std::string image(bytes, '\0');
  std::mt19937 random(1);
  for (char& b : image)
    b = static_cast<char>(random());
  const char* values[] = {image.data()};
  const int lengths[] = {static_cast<int>(image.size())}, binary[] = {1};
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const auto since = clock_type::now();
    check(c, result(PQexecPrepared(c, "put", 1, values, lengths, binary, 0), &PQclear), PGRES_COMMAND_OK);
    times.push_back(milliseconds(clock_type::now() - since));
  }
  execute("drop table image");
  return report(std::move(times));
}

} // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 3 && words[0] == "fsync")
    std::cout << measure_fsync(words[1], std::max(1, std::stoi(words[2]))) << '\n';
  else if (words.size() == 4 && words[0] == "insert")
    std::cout << measure_inserts(words[1], std::max(1, std::stoi(words[2])), std::stoul(words[3])) << '\n';
  else
    throw std::runtime_error("usage: bench_libpq fsync DIRECTORY COUNT | insert DATABASE_URL COUNT BYTES");
} catch (const std::exception& e) {
  std::cerr << "bench_libpq: " << e.what() << '\n';
  return 1;
}
