#include "render/window/window.h"

#include <fmt/format.h>

#include <SFML/Graphics.hpp>
#include <algorithm>
#include <stdexcept>
#include <vector>

namespace cairn::render {

namespace {

constexpr double share_of_desktop = 0.8;
constexpr unsigned least_width = 800, least_height = 600;  // pixels, where the desktop has so many

int key_of(sf::Keyboard::Key key) {
  using sf::Keyboard;
  if (key >= Keyboard::A && key <= Keyboard::Z) return 'a' + (key - Keyboard::A);
  if (key >= Keyboard::Num0 && key <= Keyboard::Num9) return '0' + (key - Keyboard::Num0);
  switch (key) {
    case Keyboard::Space:
      return Event::space;
    case Keyboard::Enter:
      return Event::enter;
    case Keyboard::Escape:
      return Event::escape;
    case Keyboard::Tab:
      return Event::tab;
    case Keyboard::Left:
      return Event::left;
    case Keyboard::Right:
      return Event::right;
    case Keyboard::Up:
      return Event::up;
    case Keyboard::Down:
      return Event::down;
    case Keyboard::Add:
    case Keyboard::Equal:
      return '+';
    case Keyboard::Subtract:
    case Keyboard::Hyphen:
      return '-';
    case Keyboard::Comma:
      return ',';
    case Keyboard::Period:
      return '.';
    case Keyboard::LBracket:
      return '[';
    case Keyboard::RBracket:
      return ']';
    default:
      return Event::none;
  }
}

}  // namespace

struct Window::Sfml {
  sf::RenderWindow window;
  sf::Texture texture;
  std::vector<std::uint8_t> pixels;
  sf::String title;
  unsigned width, height;  // pixels, where it does not fill the screen
  bool full = false;
};

Window::Window(const std::string& title, int width, int height) : sfml_(std::make_unique<Sfml>()) {
  sf::err().rdbuf(nullptr);  // SFML would print warnings about drivers among the lines of a run
  const sf::VideoMode screen = sf::VideoMode::getDesktopMode();
  const auto chosen = [](int asked, unsigned all, unsigned least) {
    if (asked > 0) return static_cast<unsigned>(asked);
    return std::max(static_cast<unsigned>(share_of_desktop * all), std::min(least, all));
  };
  sfml_->title = sf::String::fromUtf8(title.begin(), title.end());
  sfml_->width = chosen(width, screen.width, least_width);
  sfml_->height = chosen(height, screen.height, least_height);
  open(false);
}

void Window::open(bool full) {
  const sf::VideoMode screen = sf::VideoMode::getDesktopMode();
  sfml_->full = full;
  if (full) {
    sfml_->window.create(screen, sfml_->title, sf::Style::Fullscreen);
  } else {
    sfml_->window.create(sf::VideoMode(sfml_->width, sfml_->height), sfml_->title);
    // In the middle; SFML 2.5 takes the screen's width for its height, which puts the foot of a window below the
    // screen.
    const auto middle = [](unsigned all, unsigned part) { return all > part ? static_cast<int>((all - part) / 2) : 0; };
    sfml_->window.setPosition({middle(screen.width, sfml_->width), middle(screen.height, sfml_->height)});
  }
  sfml_->window.setKeyRepeatEnabled(false);
}

Window::~Window() = default;

int Window::width() const {
  return static_cast<int>(sfml_->window.getSize().x);
}
int Window::height() const {
  return static_cast<int>(sfml_->window.getSize().y);
}

std::optional<Event> Window::poll() {
  sf::Event event{};
  while (sfml_->window.pollEvent(event)) {
    switch (event.type) {
      case sf::Event::Closed:
        return Event{Event::Kind::closed};
      case sf::Event::Resized:
        return Event{Event::Kind::resized};
      case sf::Event::KeyPressed:
      case sf::Event::KeyReleased:
        if (event.key.code == sf::Keyboard::F) {
          if (event.type == sf::Event::KeyReleased) break;
          if (!sfml_->full) sfml_->width = sfml_->window.getSize().x, sfml_->height = sfml_->window.getSize().y;
          open(!sfml_->full);
          return Event{Event::Kind::resized};
        }
        if (const int key = key_of(event.key.code); key != Event::none)
          return Event{event.type == sf::Event::KeyPressed ? Event::Kind::pressed : Event::Kind::released, key};
        break;
      case sf::Event::LostFocus:  // what was held then is let go unseen
        return Event{Event::Kind::unfocused};
      case sf::Event::MouseButtonPressed:
        return Event{.kind = Event::Kind::clicked, .x = event.mouseButton.x, .y = event.mouseButton.y};
      case sf::Event::MouseButtonReleased:
        return Event{.kind = Event::Kind::let_go, .x = event.mouseButton.x, .y = event.mouseButton.y};
      case sf::Event::MouseWheelScrolled:
        if (event.mouseWheelScroll.wheel != sf::Mouse::VerticalWheel) break;
        return Event{.kind = Event::Kind::turned,
                     .x = event.mouseWheelScroll.x,
                     .y = event.mouseWheelScroll.y,
                     .turns = event.mouseWheelScroll.delta};
      case sf::Event::MouseMoved:
        return Event{.kind = Event::Kind::moved, .x = event.mouseMove.x, .y = event.mouseMove.y};
      default:
        break;
    }
  }
  return std::nullopt;
}

Gamepad Window::gamepad() const {
  using sf::Joystick;
  for (unsigned pad = 0; pad < Joystick::Count; ++pad) {
    if (!Joystick::isConnected(pad)) continue;
    const auto axis = [&](Joystick::Axis which) { return Joystick::getAxisPosition(pad, which) / 100; };
    return {.x = axis(Joystick::X),
            .y = axis(Joystick::Y),
            .cross_x = axis(Joystick::PovX),
            .cross_y = axis(Joystick::PovY),
            .button = Joystick::isButtonPressed(pad, 0)};
  }
  return {};
}

void Window::show(const Picture& picture) {
  const auto width = static_cast<unsigned>(picture.width_pixels()),
             height = static_cast<unsigned>(picture.height_pixels());
  if (sfml_->texture.getSize() != sf::Vector2u(width, height)) sfml_->texture.create(width, height);
  picture.copy_rgba(sfml_->pixels);
  sfml_->texture.update(sfml_->pixels.data());
  sfml_->window.setView(sf::View(sf::FloatRect(0, 0, static_cast<float>(width), static_cast<float>(height))));
  sfml_->window.draw(sf::Sprite(sfml_->texture));
  sfml_->window.display();
}

Picture picture_for(const Window& window, float width, float height) {
  const int across = std::max(window.width(), 1), down = std::max(window.height(), 1);
  return {across, down,
          std::max(0.1F, std::min(static_cast<float>(across) / width, static_cast<float>(down) / height))};
}

Point in_units(const Event& event, const Picture& picture) {
  return {static_cast<float>(event.x) * picture.pixel(), static_cast<float>(event.y) * picture.pixel()};
}

std::filesystem::path unused_path(const std::filesystem::path& path) {
  std::filesystem::path name = path;
  for (int i = 1; std::filesystem::exists(name); ++i)
    name = path.parent_path() / fmt::format("{}-{}{}", path.stem().string(), i, path.extension().string());
  return name;
}

std::string save_screenshot(const Picture& picture, const std::filesystem::path& path) {
  try {
    const std::filesystem::path name = unused_path(path);
    picture.write_png(name);
    return "Saved " + name.string();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace cairn::render
