#include "http/server/export_download.hpp"

#include "http/server/export_archive.hpp"

#include <atomic>

namespace easel::server {

namespace {

/// Between the source and the stream. Each call of `go_on` is answered before the next one begins.
class download : public std::enable_shared_from_this<download> {
public:
  download(std::shared_ptr<actors::export_source> from, const policies::retention_windows& windows)
      : from_(std::move(from)), archive_(from_->file(), windows) {}

  void write_to(std::shared_ptr<event_stream> out) {
    out_ = std::move(out);
    push();
  }

  void go_on() {
    if (over_)
      return; // what was written was the end
    from_->next([self = shared_from_this()](auto part) {
      try {
        self->take(part);
      } catch (const std::exception&) {
        self->break_off(); // on an actor's thread, which must not die of it
      }
    });
  }

private:
  void take(expected<persistence::export_portion, actors::rights_refusal>& part) {
    if (!part)
      return break_off();
    over_ = part->document.empty();
    if (over_)
      archive_.close();
    else
      archive_.add(*part);
    part->bytes = nullptr;
    push();
    if (over_)
      out_->finish({});
  }

  void break_off() {
    over_ = true;
    out_->break_off();
  }

  void push() {
    std::vector<segment> piece;
    piece.push_back({archive_.take(), nullptr, false});
    if (piece.front().text.empty())
      go_on(); // compression still holds it all
    else
      (void)out_->push(std::move(piece)); // when the reader is gone nobody is hungry any more
  }

  std::shared_ptr<actors::export_source> from_;
  export_archive archive_;
  std::shared_ptr<event_stream> out_;
  std::atomic<bool> over_{false}; ///< nothing is asked for any more
};

} // namespace

void send_export(exchange& asked, std::shared_ptr<actors::export_source> from,
                 const policies::retention_windows& windows) {
  const auto name = export_file_name(from->file());
  auto writing = std::make_shared<download>(std::move(from), windows);
  answer_head head{200, "application/zip", {}};
  head.headers.push_back({"Content-Disposition", "attachment; filename=\"" + name + '"'});
  head.headers.push_back({"Cache-Control", "private, no-store, no-transform"});
  writing->write_to(asked.open_body(std::move(head), [writing] { writing->go_on(); }));
}

} // namespace easel::server
