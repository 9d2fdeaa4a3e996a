#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace cairn::render {

/// Says a sentence on standard error, above a progress bar where there is one.
void say(const std::string& sentence);

/// The thread that a window lives on beside work that must not wait for it, at a lower priority. Outlives the loss of
/// its display: the thread then sleeps for ever, and `gone` tells.
class WindowThread {
 public:
  /// Says why, followed by `without`, where there is no display; nothing can be started then.
  explicit WindowThread(const std::string& without);
  /// Asks what runs to stop, and waits for it.
  ~WindowThread();
  WindowThread(const WindowThread&) = delete;
  WindowThread& operator=(const WindowThread&) = delete;

  /// Whether there was a display when it was made.
  bool possible() const { return possible_; }
  /// Once, where it is possible. What `run` throws is said.
  void start(std::function<void(const std::stop_token&)> run);
  /// Whether there is no window, or no longer one.
  bool gone() const;
  /// Says that the window stays, and returns once the person has closed it, it is gone, or a signal has come.
  void linger() const;

 private:
  bool possible_;
  std::atomic<bool> finished_ = true;
  std::jthread thread_;
};

}  // namespace cairn::render
