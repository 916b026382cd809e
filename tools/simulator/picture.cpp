#include "tools/simulator/picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace easel::simulator {
namespace {

struct colour {
  float r = 0, g = 0, b = 0;
};

colour blend(colour a, colour b, float t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

colour from_hue(float hue, float saturation, float value) {
  auto channel = [&](float n) {
    float k = std::fmod(n + hue * 6, 6.0f);
    return value - value * saturation * std::clamp(std::min(k, 4 - k), 0.0f, 1.0f);
  };
  return {channel(5), channel(3), channel(1)};
}

/// Uniform in [low, high).
float between(std::uint64_t& state, float low, float high) {
  return low + (high - low) * static_cast<float>(mix(state) >> 40) / static_cast<float>(1u << 24);
}

struct disc {
  float x = 0, y = 0, radius = 0, glow = 0, strength = 1;
  colour tint;
};

/// A ridge across the picture: three sines, filled below with a colour that fades downwards.
struct ridge {
  float level = 0;
  std::array<float, 3> height{}, frequency{}, phase{};
  colour top, bottom;

  [[nodiscard]] float at(float x) const {
    float y = level;
    for (std::size_t i = 0; i < height.size(); ++i)
      y += height[i] * std::sin(frequency[i] * x + phase[i]);
    return y;
  }
};

struct plan {
  colour zenith, horizon;
  float slant = 0;
  std::vector<disc> discs;
  std::vector<ridge> ridges;
};

ridge plan_ridge(std::uint64_t& state, float depth, float hue, colour haze) {
  ridge r;
  r.level = 0.42f + 0.46f * depth + between(state, -0.03f, 0.03f);
  for (std::size_t i = 0; i < r.height.size(); ++i) {
    auto octave = static_cast<float>(1 << i);
    r.height[i] = between(state, 0.03f, 0.08f) / octave;
    r.frequency[i] = between(state, 2.0f, 5.0f) * octave;
    r.phase[i] = between(state, 0, 2 * std::numbers::pi_v<float>);
  }
  colour own = from_hue(hue, 0.35f + 0.35f * depth, 0.62f - 0.42f * depth);
  r.top = blend(haze, own, 0.25f + 0.75f * depth);
  r.bottom = blend(r.top, haze, 0.35f);
  return r;
}

plan make_plan(std::uint64_t seed) {
  std::uint64_t state = seed;
  plan p;
  float hue = between(state, 0, 1);
  float second = std::fmod(hue + between(state, 0.06f, 0.2f), 1.0f);
  bool night = mix(state) % 3 == 0;
  p.zenith = from_hue(hue, night ? 0.75f : 0.55f, night ? 0.18f : 0.85f);
  p.horizon = from_hue(second, 0.3f, night ? 0.55f : 0.99f);
  p.slant = between(state, -0.25f, 0.25f);
  float sun = between(state, 0.07f, 0.15f);
  p.discs.push_back({between(state, 0.18f, 0.82f), between(state, 0.16f, 0.42f), sun, sun * 2.2f, 1,
                     from_hue(second, night ? 0.06f : 0.22f, 1)});
  auto lights = mix(state) % 14 + (night ? 30 : 4);
  for (std::uint64_t i = 0; i < lights; ++i) {
    float size = night ? between(state, 0.001f, 0.004f) : between(state, 0.01f, 0.035f);
    p.discs.push_back({between(state, 0, 1), between(state, 0, 0.5f), size, size * 0.6f,
                       between(state, 0.15f, night ? 0.95f : 0.4f), from_hue(second, 0.1f, 1)});
  }
  auto ridges = static_cast<int>(mix(state) % 3 + 4);
  for (int i = 0; i < ridges; ++i) {
    float depth = static_cast<float>(i) / static_cast<float>(ridges - 1);
    p.ridges.push_back(plan_ridge(state, depth, std::fmod(hue + 0.35f + 0.12f * depth, 1.0f), p.horizon));
  }
  return p;
}

constexpr colour yellow{0.98f, 0.8f, 0.15f};

class painter {
public:
  explicit painter(const scene& what)
      : scene_(what),
        plan_(make_plan(what.seed)),
        out_{what.width, what.height,
             std::vector<std::uint8_t>(4 * std::size_t(what.width) * std::size_t(what.height))} {}

  canvas paint() {
    paint_sky();
    for (const auto& d : plan_.discs)
      paint_disc(d);
    for (const auto& r : plan_.ridges)
      paint_ridge(r);
    if (scene_.blocks > 1)
      coarsen();
    paint_mark();
    return std::move(out_);
  }

private:
  std::uint8_t* pixel(int x, int y) {
    return &out_.rgba[4 * (std::size_t(y) * std::size_t(out_.width) + std::size_t(x))];
  }

  void put(int x, int y, colour c, float cover) {
    auto* p = pixel(x, y);
    auto over = [&](std::uint8_t& old, float fresh) {
      old =
        static_cast<std::uint8_t>(std::lround(float(old) + (255 * std::clamp(fresh, 0.0f, 1.0f) - float(old)) * cover));
    };
    over(p[0], c.r);
    over(p[1], c.g);
    over(p[2], c.b);
    over(p[3], 1);
  }

  void paint_sky() {
    if (scene_.transparent)
      return;
    for (int y = 0; y < out_.height; ++y)
      for (int x = 0; x < out_.width; ++x) {
        float t = float(y) / float(out_.height) * 1.4f + plan_.slant * (float(x) / float(out_.width) - 0.5f);
        put(x, y, blend(plan_.zenith, plan_.horizon, std::clamp(t, 0.0f, 1.0f)), 1);
      }
  }

  void paint_disc(const disc& d) {
    auto scale = float(std::min(out_.width, out_.height));
    float cx = d.x * float(out_.width), cy = d.y * float(out_.height);
    float inner = d.radius * scale, outer = inner + std::max(d.glow * scale, 1.0f);
    int left = std::max(0, int(cx - outer)), right = std::min(out_.width - 1, int(cx + outer) + 1);
    int top = std::max(0, int(cy - outer)), bottom = std::min(out_.height - 1, int(cy + outer) + 1);
    for (int y = top; y <= bottom; ++y)
      for (int x = left; x <= right; ++x) {
        float away = std::hypot(float(x) - cx, float(y) - cy);
        float edge = std::clamp(inner + 0.5f - away, 0.0f, 1.0f);
        float halo = std::clamp((outer - away) / (outer - inner), 0.0f, 1.0f);
        float cover = std::max(edge, 0.45f * halo * halo * halo) * d.strength;
        if (cover > 0.004f)
          put(x, y, d.tint, cover);
      }
  }

  void paint_ridge(const ridge& r) {
    for (int x = 0; x < out_.width; ++x) {
      float line = r.at(float(x) / float(out_.width)) * float(out_.height);
      for (int y = std::max(0, int(line)); y < out_.height; ++y) {
        float below = float(y) - line;
        put(x, y, blend(r.top, r.bottom, std::clamp(below / float(out_.height) * 3, 0.0f, 1.0f)),
            std::min(below + 1, 1.0f));
      }
    }
  }

  /// Every square takes the colour of its middle.
  void coarsen() {
    for (int y = 0; y < out_.height; ++y)
      for (int x = 0; x < out_.width; ++x) {
        int side = scene_.blocks;
        int sx = std::min(x / side * side + side / 2, out_.width - 1);
        int sy = std::min(y / side * side + side / 2, out_.height - 1);
        if (sy >= y)
          std::copy_n(pixel(sx, sy), 4, pixel(x, y));
        else
          std::copy_n(pixel(x, y - 1), 4, pixel(x, y));
      }
  }

  void paint_mark() {
    // Five columns a letter, the lowest bit on top.
    static constexpr std::array<std::array<std::uint8_t, 5>, 9> letters{{{0x26, 0x49, 0x49, 0x49, 0x32},   // S
                                                                         {0x00, 0x41, 0x7f, 0x41, 0x00},   // I
                                                                         {0x7f, 0x02, 0x0c, 0x02, 0x7f},   // M
                                                                         {0x3f, 0x40, 0x40, 0x40, 0x3f},   // U
                                                                         {0x7f, 0x40, 0x40, 0x40, 0x40},   // L
                                                                         {0x7e, 0x09, 0x09, 0x09, 0x7e},   // A
                                                                         {0x01, 0x01, 0x7f, 0x01, 0x01},   // T
                                                                         {0x7f, 0x49, 0x49, 0x49, 0x41},   // E
                                                                         {0x7f, 0x41, 0x41, 0x22, 0x1c}}}; // D
    constexpr colour black{0.1f, 0.1f, 0.12f};
    int dot = std::max(1, std::min(out_.width, out_.height) / 340);
    int high = std::min(11 * dot, out_.height), wide = std::min((6 * 9 + 16) * dot, out_.width);
    for (int y = 0; y < high; ++y)
      for (int x = 0; x < wide; ++x) {
        bool stripe = x < 12 * dot && ((x + y) / (4 * dot)) % 2 != 0;
        put(x, out_.height - high + y, stripe ? yellow : black, x < 12 * dot ? 1.0f : 0.85f);
      }
    for (std::size_t i = 0; i < letters.size(); ++i)
      for (int cell = 0; cell < 35; ++cell)
        if (letters[i][std::size_t(cell / 7)] >> (cell % 7) & 1)
          paint_dot((14 + 6 * int(i) + cell / 7) * dot, out_.height - high + (2 + cell % 7) * dot, dot);
  }

  void paint_dot(int left, int top, int dot) {
    for (int y = std::max(top, 0); y < std::min(top + dot, out_.height); ++y)
      for (int x = left; x < std::min(left + dot, out_.width); ++x)
        put(x, y, yellow, 1);
  }

  scene scene_;
  plan plan_;
  canvas out_;
};

} // namespace

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (unsigned char c : text)
    h = (h ^ c) * 0x100000001b3u;
  return h;
}

std::uint64_t mix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

canvas draw(const scene& what) { return painter(what).paint(); }

} // namespace easel::simulator
