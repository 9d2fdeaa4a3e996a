-- The lander of envs/box2d/lander.cpp, written again for LÖVE 11, which has Box2D 2.3 where Debian's library is 2.4.1:
-- tells what is the engine's doing from what is a fault of ours. Needs Debian's `love`.
--
--   love tests/benchmarks/lander_box2d_2.3 EPISODES [discrete.safetensors continuous.safetensors]
--
-- Prints mean return with its standard error and mean length, with and without wind, of the hand-written pilots or of two
-- trained policies (`cairn export --format safetensors`; two hidden layers, tanh, observations as they are). Beside it:
--
--   cairn eval heuristic --env lander:wind=true --episodes 1500

local scale, rate = 30, 50                     -- pixels a metre; steps a second
local width, height = 600 / scale, 400 / scale  -- m
local random = love.math.newRandomGenerator(12345)

local function uniform(low, high) return low + (high - low) * random:random() end
local function clamp(x, low, high) return math.max(low, math.min(high, x)) end
local function tanh(x)
  local e = math.exp(-2 * math.abs(x))
  return (x < 0 and -1 or 1) * (1 - e) / (1 + e)
end
local function gust(i) return tanh(math.sin(0.02 * i) + math.sin(0.01 * math.pi * i)) end

-- Weights of a policy: float32 tensors of a safetensors file by name.
local function read_policy(path)
  local ffi = require("ffi")
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  local size = 0
  for i = 8, 1, -1 do size = size * 256 + bytes:byte(i) end
  local header, tensors = bytes:sub(9, 8 + size), {}
  for name, fields in header:gmatch('"(layers[^"]+)":(%b{})') do
    local from, to = fields:match('"data_offsets":%[(%d+),(%d+)%]')
    if fields:find('"F32"', 1, true) then
      local count = (to - from) / 4
      local values = ffi.new("float[?]", count)
      ffi.copy(values, bytes:sub(9 + size + from, 8 + size + to), count * 4)
      tensors[name] = {values = values, count = count}
    end
  end
  return tensors
end

local function outputs(policy, x)
  for layer = 0, 2 do
    local weight, bias = policy["layers." .. layer .. ".weight"], policy["layers." .. layer .. ".bias"]
    local y, n = {}, #x
    for i = 0, bias.count - 1 do
      local sum = bias.values[i]
      for k = 1, n do sum = sum + weight.values[i * n + k - 1] * x[k] end
      y[i + 1] = layer < 2 and tanh(sum) or sum
    end
    x = y
  end
  return x
end

-- As Lander::pilot.
local function pilot(o, continuous)
  local lean, hover = clamp(0.5 * o[1] + o[3], -0.4, 0.4), 0.55 * math.abs(o[1])
  local turn, climb = 0.5 * (lean - o[5]) - o[6], 0.5 * (hover - o[2]) - 0.5 * o[4]
  if o[7] > 0 or o[8] > 0 then turn, climb = 0, -0.5 * o[4] end
  if continuous then return clamp(20 * climb - 1, -1, 1), clamp(-20 * turn, -1, 1) end
  if climb > math.abs(turn) and climb > 0.05 then return 2 end
  return turn < -0.05 and 3 or (turn > 0.05 and 1 or 0)
end

local function act(policy, o, continuous)
  if not policy then return pilot(o, continuous) end
  local y = outputs(policy, o)
  if continuous then return clamp(y[1], -1, 1), clamp(y[2], -1, 1) end
  local best = 1
  for i = 2, 4 do if y[i] > y[best] then best = i end end
  return best - 1
end

-- Bodies: ground, hull 0, legs 1 and 2. `touches` as the contact callbacks tell.
local function build(touches)
  love.physics.setMeter(1)
  local world = love.physics.newWorld(0, -10, true)
  world:setCallbacks(
    function(a, b)
      for _, body in ipairs({a:getUserData(), b:getUserData()}) do touches[body] = true end
    end,
    function(a, b)
      for _, body in ipairs({a:getUserData(), b:getUserData()}) do
        if body == 1 or body == 2 then touches[body] = false end
      end
    end)
  local heights, smooth = {}, {}
  for i = 0, 11 do heights[i] = uniform(0, height / 2) end
  for i = 3, 7 do heights[i] = height / 4 end
  heights[-1] = heights[11]
  for i = 0, 10 do smooth[i] = 0.33 * (heights[i - 1] + heights[i] + heights[i + 1]) end
  local ground = love.physics.newBody(world, 0, 0, "static")
  local function edge(x1, y1, x2, y2, friction)
    local fixture = love.physics.newFixture(ground, love.physics.newEdgeShape(x1, y1, x2, y2), 0)
    fixture:setFriction(friction)
    fixture:setUserData(-1)
  end
  edge(0, 0, width, 0, 0.2)
  for i = 0, 9 do edge(2 * i, smooth[i], 2 * (i + 1), smooth[i + 1], 0.1) end

  local hull, corners = love.physics.newBody(world, width / 2, height, "dynamic"), {}
  for i, pixels in ipairs({-14, 17, -17, 0, -17, -10, 17, -10, 17, 0, 14, 17}) do corners[i] = pixels / scale end
  local fixture = love.physics.newFixture(hull, love.physics.newPolygonShape(corners), 5)
  fixture:setFriction(0.1)
  fixture:setFilterData(0x10, 1, 0)
  fixture:setUserData(0)
  hull:applyForce(uniform(-1000, 1000), uniform(-1000, 1000))
  for i, side in ipairs({-1, 1}) do
    local x, angle = width / 2 - side * 20 / scale, 0.05 * side
    local leg = love.physics.newBody(world, x, height, "dynamic")
    leg:setAngle(angle)
    fixture = love.physics.newFixture(leg, love.physics.newRectangleShape(4 / scale, 16 / scale), 1)
    fixture:setFriction(0.2)
    fixture:setFilterData(0x20, 1, 0)
    fixture:setUserData(i)
    local anchor_x, anchor_y = leg:getWorldPoint(side * 20 / scale, 18 / scale)
    local joint = love.physics.newRevoluteJoint(hull, leg, width / 2, height, anchor_x, anchor_y, false, angle)
    joint:setMotorEnabled(true)
    joint:setMaxMotorTorque(40)
    joint:setMotorSpeed(0.3 * side)
    joint:setLimits(side < 0 and 0.4 or -0.9, side < 0 and 0.9 or -0.4)
    joint:setLimitsEnabled(true)
  end
  return world, hull
end

-- One episode: its return and its length.
local function episode(continuous, wind, policy)
  local touches = {[0] = false, [1] = false, [2] = false}
  local world, hull = build(touches)
  local wind_index, torque_index = random:random(-9999, 9998), random:random(-9999, 9998)
  local observation, last_shaping

  local function step(a, b)
    if wind and not (touches[1] or touches[2]) then
      hull:applyForce(15 * gust(wind_index), 0)
      hull:applyTorque(1.5 * gust(torque_index))
      wind_index, torque_index = wind_index + 1, torque_index + 1
    end
    local main, side, direction = 0, 0, 1
    if continuous then
      if a > 0 then main = 0.5 * (1 + a) end
      if math.abs(b) > 0.5 then side, direction = math.abs(b), b < 0 and -1 or 1 end
    else
      main = a == 2 and 1 or 0
      if a == 1 or a == 3 then side, direction = 1, a - 2 end
    end
    local along, across = uniform(-1 / scale, 1 / scale), uniform(-1 / scale, 1 / scale)
    local x, y = hull:getPosition()
    local tip_x, tip_y = math.sin(hull:getAngle()), math.cos(hull:getAngle())
    local side_x, side_y = -tip_y, tip_x
    if main > 0 then
      local dx = tip_x * (4 / scale + 2 * along) + side_x * across
      local dy = -tip_y * (4 / scale + 2 * along) - side_y * across
      hull:applyLinearImpulse(-13 * main * dx, -13 * main * dy, x + dx, y + dy)
    end
    if side > 0 then
      local reach = 3 * across + direction * 12 / scale
      local dx, dy = tip_x * along + side_x * reach, -tip_y * along - side_y * reach
      hull:applyLinearImpulse(-0.6 * side * dx, -0.6 * side * dy, x + dx - tip_x * 17 / scale, y + dy + tip_y * 14 / scale)
    end
    world:update(1 / rate, 180, 60)

    x, y = hull:getPosition()
    local vx, vy = hull:getLinearVelocity()
    observation = {(x - width / 2) / (width / 2), (y - (height / 4 + 18 / scale)) / (height / 2),
                   vx * (width / 2) / rate, vy * (height / 2) / rate, hull:getAngle(),
                   20 * hull:getAngularVelocity() / rate, touches[1] and 1 or 0, touches[2] and 1 or 0}
    local o = observation
    local shaping = -100 * math.sqrt(o[1] ^ 2 + o[2] ^ 2) - 100 * math.sqrt(o[3] ^ 2 + o[4] ^ 2) -
                    100 * math.abs(o[5]) + 10 * o[7] + 10 * o[8]
    local reward = (last_shaping and shaping - last_shaping or 0) - 0.3 * main - 0.03 * side
    last_shaping = shaping
    if not hull:isAwake() then return 100, true end
    if touches[0] or math.abs(o[1]) >= 1 then return -100, true end
    return reward, false
  end

  step(0, 0)
  local sum, length, reward, done = 0, 0, 0, false
  repeat
    reward, done = step(act(policy, observation, continuous))
    sum, length = sum + reward, length + 1
  until done or length == 1000
  world:destroy()
  return sum, length
end

function love.load(arguments)
  local episodes = tonumber(arguments[1] or "")
  if not episodes then error("How many episodes? A number, and perhaps two policies.", 0) end
  for kind, continuous in ipairs({false, true}) do
    local policy = arguments[1 + kind] and read_policy(arguments[1 + kind])
    for _, wind in ipairs({false, true}) do
      local returns, squares, lengths = 0, 0, 0
      for e = 1, episodes do
        local sum, length = episode(continuous, wind, policy)
        returns, squares, lengths = returns + sum, squares + sum * sum, lengths + length
        if e % 50 == 0 then collectgarbage() end
      end
      local mean = returns / episodes
      print(string.format("%-10s  %-7s  return %7.1f ± %.1f  length %.1f", continuous and "continuous" or "discrete",
                          wind and "wind" or "no wind", mean, math.sqrt((squares / episodes - mean ^ 2) / episodes),
                          lengths / episodes))
    end
  end
  love.event.quit()
end
