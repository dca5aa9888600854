-- What somebody does in Neovim with a project, in one go; prints what came of it as JSON.
local command = vim.json and vim.json.decode(vim.env.COMMAND) or vim.fn.json_decode(vim.env.COMMAND)
local root = vim.fn.getcwd()
local seen, exit_status = {}, nil
local client_id

vim.opt.swapfile = false
vim.ui.select = function(items, _, choose) choose(items[1], 1) end

local function wait(what, condition)
  assert(vim.wait(60000, condition, 5), what .. ' did not come')
end

local function client_options()
  return {
    name = 'kefu',
    cmd = command,
    root_dir = root,
    on_exit = function(status) exit_status = status end,
  }
end

local function open(name)
  vim.cmd('edit ' .. vim.fn.fnameescape(root .. '/' .. name))
  vim.bo.filetype = 'yaml'
  if vim.lsp.start then
    client_id = vim.lsp.start(client_options())
  else
    client_id = client_id or vim.lsp.start_client(client_options())
    vim.lsp.buf_attach_client(0, client_id)
  end
end

local function go(before, at)
  local text = before .. at
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local start = line:find(text, 1, true)
    if start then
      vim.api.nvim_win_set_cursor(0, { number, start - 1 + #before })
      return
    end
  end
  error(text .. ' is not there')
end

local function under_cursor()
  return vim.fn.expand('%:t') .. ': ' .. vim.api.nvim_get_current_line():sub(vim.fn.col('.'))
end

local function line_has(text)
  return function() return vim.api.nvim_get_current_line():find(text, 1, true) ~= nil end
end

local function problems()
  return vim.tbl_filter(function(one) return one.severity <= 2 end, vim.diagnostic.get(0))
end

local function main()
  -- A name is misspelled, told, and put right by a quick fix.
  open('data/rules.yml')
  wait('the server', function()
    local client = vim.lsp.get_client_by_id(client_id)
    return client and client.server_capabilities and client.server_capabilities.hoverProvider
  end)
  go('intent: ', 'order')
  vim.cmd('normal! ciwodrer')
  wait('the problem', function() return #problems() > 0 end)
  local found = problems()[1]
  local line = vim.api.nvim_buf_get_lines(0, found.lnum, found.lnum + 1, false)[1]
  seen.problem = found.message
  seen.underlined = line:sub(found.col + 1, found.end_col)
  vim.lsp.buf.code_action()
  wait('the quick fix', line_has('intent: order'))
  wait('the end of the problem', function() return #problems() == 0 end)

  go('action: ', 'utter_greet')
  vim.lsp.buf.definition()
  wait('the declaration', function() return vim.fn.expand('%:t') == 'domain.yml' end)
  seen.declaration = under_cursor()

  -- Behind characters of four bytes: hints, completion, renaming.
  open('data/nlu.yml')
  wait('hints', function() return #vim.diagnostic.get(0) > 1 end)
  seen.hints = vim.tbl_map(function(one)
    local text = vim.api.nvim_buf_get_lines(0, one.lnum, one.lnum + 1, false)[1]
    return one.code .. ': ' .. text:sub(one.col + 1, one.end_col)
  end, vim.diagnostic.get(0))
  go('😀 ', 'noodles')
  vim.lsp.buf.code_action()
  wait('the mark', line_has('😀 [noodles](dish) today'))
  vim.cmd('normal! $')
  vim.cmd('normal! A 😀 [rice](di')
  local params = vim.lsp.util.make_position_params(0, 'utf-16')
  params.position.character = params.position.character + 1
  local _, answer = next(vim.lsp.buf_request_sync(0, 'textDocument/completion', params, 60000))
  for _, item in ipairs(answer.result) do
    if item.label == 'dish' then
      vim.lsp.util.apply_text_edits({ item.textEdit }, vim.api.nvim_get_current_buf(), 'utf-16')
    end
  end
  vim.cmd('normal! A)')
  seen.completed = vim.api.nvim_get_current_line()
  go('😀 [rice](', 'dish')
  vim.lsp.buf.rename('meal')
  wait('the new name', line_has('😀 [rice](meal)'))

  -- An intent is renamed in all files, open or not.
  go('intent: ', 'order')
  vim.lsp.buf.hover()
  wait('the hover', function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        local buffer = vim.api.nvim_win_get_buf(window)
        seen.hover = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
      end
    end
    return seen.hover
  end)
  vim.lsp.buf.references()
  wait('the references', function() return #vim.fn.getqflist() > 0 end)
  seen.references = #vim.fn.getqflist()
  vim.cmd('cclose')
  go('intent: ', 'order')
  vim.lsp.buf.rename('买')
  wait('the new intent', line_has('intent: 买'))
  vim.cmd('silent wall')

  vim.lsp.stop_client(client_id)
  wait('the end', function() return exit_status ~= nil end)
  seen.exit_status = exit_status
end

local ok, trouble = xpcall(main, debug.traceback)
seen.trouble = not ok and trouble or nil
seen.messages = vim.fn.execute('messages')
io.stdout:write((vim.json and vim.json.encode or vim.fn.json_encode)(seen))
vim.cmd('qall!')
