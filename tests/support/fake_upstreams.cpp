#include "tests/support/fake_upstreams.hpp"

#include <algorithm>

namespace easel::testing {

namespace {

using post = fake_upstreams::post;

class fake_moderation final : public client::moderation_client {
public:
  fake_moderation(fake_upstreams& all, post p) : all_(all), post_(std::move(p)) {}
  void moderate(const secret_text& prompt, client::completion<policies::moderation_scores> done) override {
    const auto text = prompt.reveal();
    all_.moderated.push_back(text);
    const auto t = all_.moderation(text);
    post_(t.after, [this, t, text, done = std::move(done)] {
      if (t.fails) {
        done(easel::unexpected(*t.fails));
        return;
      }
      policies::moderation_scores scores;
      scores.flagged = all_.flags(text);
      scores.scores["violence"] = scores.flagged ? 0.9 : 0.01;
      scores.categories["violence"] = scores.flagged;
      done(std::move(scores));
    });
  }

private:
  fake_upstreams& all_;
  post post_;
};

client::drawn_image image_of(const std::string& prompt) {
  return {fake_upstreams::picture_of(prompt), {image_format::png, 1024, 1024}};
}

class fake_drawing final : public client::drawing_client {
public:
  fake_drawing(fake_upstreams& all, post p) : all_(all), post_(std::move(p)) {}
  void draw(const client::image_job& job, std::function<void(int, blob)> partial,
            client::completion<client::drawn_image> done) override {
    const auto text = job.prompt.reveal();
    all_.drawn.push_back(text);
    const auto t = all_.drawing(text);
    for (int i = 0; i < std::min(all_.partials, job.plan.partial_images); ++i)
      post_(t.after / 4 * (i + 1), [partial, i, text] { partial(i, fake_upstreams::picture_of(text)); });
    post_(t.after, [t, text, done = std::move(done)] {
      if (t.fails)
        done(easel::unexpected(*t.fails));
      else
        done(image_of(text));
    });
  }

private:
  fake_upstreams& all_;
  post post_;
};

class fake_tasks final : public client::task_client {
public:
  fake_tasks(fake_upstreams& all, post p) : all_(all), post_(std::move(p)) {}

  // A failure that leaves the outcome open means that the task exists and its answer was lost.
  void create(const client::image_job& job, const std::string& callback_url,
              client::completion<std::string> done) override {
    using policies::failure_class;
    const auto text = job.prompt.reveal();
    const auto t = all_.creating(text);
    const auto lost = {failure_class::ambiguous, failure_class::timed_out, failure_class::incomplete,
                       failure_class::bad_result};
    const bool arrives = !t.fails || std::find(lost.begin(), lost.end(), t.fails->what) != lost.end();
    std::string id;
    if (arrives) {
      id = "task_" + std::to_string(++all_.last_task);
      const auto run = all_.task(text);
      all_.created.push_back(text);
      all_.prompt_of[id] = text;
      all_.callback_of[id] = callback_url;
      all_.tasks[id] = {text, all_.now, all_.now() + run.after, run.fails};
      if (t.fails)
        ++all_.lost_creates[text];
    }
    post_(t.after, [t, id, done = std::move(done)] {
      if (t.fails)
        done(easel::unexpected(*t.fails));
      else
        done(id);
    });
  }

  void poll(const std::string& task, client::completion<client::task_status> done) override {
    const auto t = all_.polling(task);
    post_(t.after, [this, t, task, done = std::move(done)] {
      if (t.fails) {
        done(easel::unexpected(*t.fails));
        return;
      }
      client::task_status status;
      const auto it = all_.tasks.find(task);
      if (it != all_.tasks.end() && all_.now() >= it->second.done) {
        status.at = it->second.fails ? client::task_status::stage::failed : client::task_status::stage::succeeded;
        status.reason = it->second.fails;
        if (!it->second.fails)
          status.result_urls.push_back("fake:" + task);
      }
      done(std::move(status));
    });
  }

  void download(const std::string& url, client::completion<client::drawn_image> done) override {
    const auto task = url.substr(5);
    const auto t = all_.downloading(task);
    post_(t.after, [this, t, task, done = std::move(done)] {
      if (t.fails) {
        done(easel::unexpected(*t.fails));
        return;
      }
      all_.fetched.insert(task);
      done(image_of(all_.prompt_of.at(task)));
    });
  }

  void credit(client::completion<std::int64_t> done) override {
    post_(std::chrono::milliseconds(5), [done = std::move(done)] { done(std::int64_t{1000}); });
  }

private:
  fake_upstreams& all_;
  post post_;
};

} // namespace

blob fake_upstreams::picture_of(const std::string& prompt) { return make_blob("picture of " + prompt); }

int fake_upstreams::count(const std::vector<std::string>& log, const std::string& prompt) const {
  return static_cast<int>(std::count(log.begin(), log.end(), prompt));
}

std::vector<std::string> task_accounts() { return {"kie-1", "kie-2"}; }

actors::upstreams fake_upstreams::clients(const post& p, int concurrency, int starts_per_window) {
  actors::upstreams out;
  actors::connection_settings settings;
  settings.concurrency = concurrency * 4;
  settings.label = "moderation";
  out.moderation.push_back({settings, std::make_shared<fake_moderation>(*this, p)});
  settings.concurrency = concurrency;
  for (const auto* label : {"relay-1", "relay-2"}) {
    settings.label = label;
    out.sub2api.push_back({settings, std::make_shared<fake_drawing>(*this, p)});
  }
  for (const auto& label : task_accounts()) {
    settings.label = label;
    settings.starts_per_window = starts_per_window;
    out.kie.push_back({settings, std::make_shared<fake_tasks>(*this, p)});
  }
  return out;
}

} // namespace easel::testing
