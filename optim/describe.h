#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::optim {

/// Writes an option struct as `name:key=value,…` in the command line's grammar, every field spelled out.
class Describer {
 public:
  explicit Describer(std::string_view name) : text_(name) {}

  template <class T>
  void operator()(const char* key, const T& value, const char* = "", const char* = "") {
    text_ += first_ ? ":" : ",";
    first_ = false;
    text_ += key;
    text_ += '=';
    append(value);
  }
  std::string text() && { return std::move(text_); }

 private:
  void append(bool value) { text_ += value ? "true" : "false"; }
  void append(const std::string& word) { text_ += word; }
  template <class T>
  requires std::integral<T> || std::floating_point<T>
  void append(T value) {
    char digits[64];
    text_.append(digits,
                 std::to_chars(digits, digits + sizeof digits, value).ptr);  // shortest that reads back the same
  }
  template <class T>
  void append(const std::vector<T>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) text_ += '/';
      append(list[i]);
    }
  }
  template <class T>
  requires requires(const T& choice) { to_string(choice); }
  void append(const T& choice) { text_ += to_string(choice); }
  template <class T>
  requires requires(const T& nested) { nested.description(); }
  void append(const T& nested) { text_ += '(' + nested.description() + ')'; }
  template <class T>
  requires requires(const T& clip) { std::string(clip.description); }
  void append(const T& clip) { text_ += '(' + clip.description + ')'; }

  std::string text_;
  bool first_ = true;
};

/// `fields` is not const, because the same visitor reads options in; so a copy is described.
template <class Options>
std::string describe(std::string_view name, Options options) {
  Describer describer(name);
  options.fields(describer);
  return std::move(describer).text();
}

}  // namespace cairn::optim
