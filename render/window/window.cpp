#include "render/window/window.h"

#include <fmt/format.h>

#include <SFML/Graphics.hpp>
#include <algorithm>
#include <stdexcept>
#include <vector>

namespace cairn::render {

namespace {

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
};

Window::Window(const std::string& title, int width, int height) : sfml_(std::make_unique<Sfml>()) {
  sf::err().rdbuf(nullptr);  // SFML would print warnings about drivers among the lines of a run
  sfml_->window.create(sf::VideoMode(static_cast<unsigned>(width), static_cast<unsigned>(height)),
                       sf::String::fromUtf8(title.begin(), title.end()));
  // In the middle; SFML 2.5 takes the screen's width for its height, which puts the foot of a window below the screen.
  const sf::VideoMode screen = sf::VideoMode::getDesktopMode();
  sfml_->window.setPosition({std::max(0, (static_cast<int>(screen.width) - width) / 2),
                             std::max(0, (static_cast<int>(screen.height) - height) / 2)});
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
        if (const int key = key_of(event.key.code); key != Event::none)
          return Event{event.type == sf::Event::KeyPressed ? Event::Kind::pressed : Event::Kind::released, key};
        break;
      case sf::Event::LostFocus:  // what was held then is let go unseen
        return Event{Event::Kind::unfocused};
      case sf::Event::MouseButtonPressed:
        return Event{.kind = Event::Kind::clicked, .x = event.mouseButton.x, .y = event.mouseButton.y};
      case sf::Event::MouseButtonReleased:
        return Event{.kind = Event::Kind::let_go, .x = event.mouseButton.x, .y = event.mouseButton.y};
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
