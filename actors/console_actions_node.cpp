#include "actors/console_action_parts.hpp"

/// The node as a whole, and the death of one of its actors.
namespace easel::actors {

namespace {

std::string who_takes_over(const action_ground& on) {
  const auto others = on.other_nodes ? on.other_nodes() : std::nullopt;
  if (!others)
    return "The database does not say whether another node lives to take it over.";
  if (*others == 0)
    return "No other node lives: what is left waits until this one serves again, and fails after its time.";
  return *others == 1 ? "Another node lives and takes it over."
                      : std::to_string(*others) + " other nodes live and take it over.";
}

/// Stable while the same is to be touched: who takes over, not how many just came.
std::string stamp_of(const action_ground& on) {
  const auto others = on.other_nodes ? on.other_nodes() : std::nullopt;
  return "drain node, others " + (others ? std::to_string(*others) : std::string("unknown"));
}

/// What falls with it, and who replaces it.
std::string after_death(std::string_view kind) {
  if (kind == "store" || kind == "node" || kind == "router")
    return "Store, node and router stand and fall together: the node starts over under a new lease, and takes its rows "
           "over from the database; callers get 503 until then.";
  return after_end(kind);
}

} // namespace

action_outcome preview_of(const drain_node& a, const action_ground& on) {
  if (on.node == nullptr)
    return {};
  const auto at = on.node->at.load();
  if (at == node_control::phase::ending)
    return refused("The process is about to end.");
  if (on.node->resumes_at.load() != node_control::never)
    return refused("The node is " + std::string(to_string(at)) + " already; resume it, or let it resume by itself.");
  if (at != node_control::phase::serving)
    return refused("The node does not serve at this moment: it is " + std::string(to_string(at)) + '.');
  return shown({"This node takes nothing new: /readyz and new calls get 503, so that the load balancer goes elsewhere.",
                std::to_string(on.work ? on.work() : 0) + " generations are in work: what ends within "
                  + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(on.drain_limit).count())
                  + " s ends here. Then its lease is given up. " + who_takes_over(on),
                "After " + minutes(a.span) + " it serves again by itself, unless it is resumed or stopped before.",
                "What is done once in the cluster (deletions, audits, billing) and this console go on."},
               stamp_of(on));
}

act_result result_of(const drain_node& a, const action_ground& on) {
  if (on.node != nullptr)
    on.node->wish(a.span);
  return {on.node != nullptr};
}

std::string title_of(const drain_node& a) { return "node.drain for " + minutes(a.span); }

action_outcome preview_of(const resume_node& /*a*/, const action_ground& on) {
  if (on.node == nullptr)
    return {};
  const auto at = on.node->at.load();
  if (at == node_control::phase::ending)
    return refused("The process is about to end.");
  if (on.node->resumes_at.load() == node_control::never)
    return refused("The node is not drained.");
  return shown({at == node_control::phase::draining
                  ? "The node takes calls again at once; nothing was handed over yet."
                  : "The node joins under a new lease and takes calls again, in a second or so.",
                "What other nodes have taken over stays with them."},
               std::string("resume node, ") + (at == node_control::phase::draining ? "draining" : "drained"));
}

act_result result_of(const resume_node& /*a*/, const action_ground& on) {
  if (on.node != nullptr)
    on.node->wish(std::nullopt);
  return {on.node != nullptr};
}

std::string title_of(const resume_node& /*a*/) { return "node.resume"; }

action_outcome preview_of(const kill_actor& a, const action_ground& on) {
  if (!on.allows_chaos)
    return refused("operator.chaos is off: no actor is killed here.");
  const auto v = on.live.find(a.id);
  if (!v)
    return {};
  const std::string name = std::string(v->kind) + " #" + std::to_string(v->id);
  if (std::string_view(v->kind) == "root")
    return refused("Nobody replaces the root: stop the process instead.");
  return shown({name + " dies as by an exception, ahead of the " + std::to_string(v->depth())
                  + " messages that wait for it, which are lost. It counts as a failure.",
                after_death(v->kind)},
               "kill " + name);
}

act_result result_of(const kill_actor& a, const action_ground& on) {
  const auto v = on.allows_chaos ? on.live.find(a.id) : nullptr;
  if (v && v->fail)
    v->fail();
  return {v != nullptr && v->fail != nullptr};
}

std::string title_of(const kill_actor& a) { return "actor.kill #" + std::to_string(a.id); }

} // namespace easel::actors
