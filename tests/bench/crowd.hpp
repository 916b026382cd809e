#pragma once

#include "tests/support/virtual_house.hpp"

#include <vector>

namespace easel::testing {

/// People of the free tier, each of whom may have a session in one house, in virtual time: nobody becomes idle enough
/// to be ended.
struct crowd {
  explicit crowd(std::size_t count) : house(world, room_for(count)) {
    people.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      people.push_back(world.newcomer(tier::free));
    house.run();
  }

  /// Everybody asks for their account once, and stays; how many were answered.
  std::size_t arrive() {
    std::size_t answered = 0;
    for (const auto& one : people)
      answered += house.ask(one, actors::find_account{}) ? 1 : 0;
    return answered;
  }

  virtual_world world;
  virtual_house house;
  std::vector<person> people;

private:
  static actors::house_settings room_for(std::size_t count) {
    auto settings = calm_settings();
    settings.max_sessions = static_cast<int>(count) + 1;
    return settings;
  }
};

} // namespace easel::testing
