function love.conf(t)  -- physics alone: no window, no sound
  for module in pairs(t.modules) do
    t.modules[module] = module == "physics" or module == "math" or module == "event" or module == "timer"
  end
end
