const fs = require('node:fs'),
  path = require('node:path')
// electron-builder skips its own clean-up when electronDist is set (it did so in 26.17.0)
exports.default = (ctx) => {
  for (const f of ['resources/default_app.asar', 'version']) fs.rmSync(path.join(ctx.appOutDir, f), { force: true })
}
