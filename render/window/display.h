#pragma once

#include <functional>
#include <string>

namespace cairn::render {

// SFML ends the process where there is no X display, and Xlib does when one goes away. These keep a run alive.

/// Why no window can be opened here, as one sentence; empty where one can.
std::string display_trouble();

/// From now on a thread that loses its display sleeps for ever instead of ending the process; `display_lost` tells.
/// Such a thread holds locks of Xlib, so the process then ends without running the other exit handlers.
void survive_lost_display();
/// Whether the display went away.
bool display_lost();
/// From now on losing the display ends the process with status 1 and one sentence: where the window is all there is.
void end_with_display();
/// What this thread, a window's, does when it has lost its display, before it sleeps or the process ends; it calls
/// nothing of X. In place of what was set before; null: nothing.
void before_display_is_lost(std::function<void()> act);

}  // namespace cairn::render
