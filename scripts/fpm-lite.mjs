#!/usr/bin/env node
// Stand-in for the small part of fpm that electron-builder calls (`-s dir -t deb|rpm`), for machines that
// cannot download electron-builder's own fpm. Uses dpkg-deb or rpmbuild only. Set CUSTOM_FPM_PATH to this file.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
const a = process.argv.slice(2),
  o = { d: [], rec: [], map: [] }
const one = {
  '-s': 's',
  '-t': 't',
  '--architecture': 'arch',
  '--after-install': 'postinst',
  '--after-remove': 'postrm',
  '--description': 'desc',
  '--version': 'version',
  '--package': 'out',
  '--name': 'name',
  '--maintainer': 'maintainer',
  '--vendor': 'vendor',
  '--url': 'url',
  '--category': 'section',
  '--deb-priority': 'priority',
  '--license': 'license',
  '--iteration': 'iteration',
  '--deb-compression': 'zip',
  '--rpm-compression': 'zip',
  '--rpm-os': 'rpmos',
  '--rpm-summary': 'summary',
  '--rpm-rpmbuild-define': 'def',
  '--log': 'log',
}
for (let i = 0; i < a.length; i++) {
  const k = a[i]
  if (k === '-d') o.d.push(a[++i])
  else if (k === '--deb-recommends') o.rec.push(a[++i])
  else if (k in one) o[one[k]] = a[++i]
  else if (k === '--force' || k === '--debug') continue
  else if (!k.startsWith('-') && k.includes('=')) {
    const j = k.indexOf('=')
    o.map.push([k.slice(0, j), k.slice(j + 1)])
  } else {
    console.error(`fpm-lite: unknown argument ${k}`)
    process.exit(2)
  }
}
const tmp = mkdtempSync(path.join(os.tmpdir(), 'fpm-lite-')),
  root = path.join(tmp, 'root')
mkdirSync(root)
const run = (c, v, x) => execFileSync(c, v, { stdio: ['ignore', 'inherit', 'inherit'], ...x })
try {
  for (const [src, dst] of o.map) {
    const to = path.join(root, dst)
    mkdirSync(path.dirname(to), { recursive: true })
    cpSync(src, to, { recursive: true, verbatimSymlinks: true })
  }
  const files = []
  const walk = (d) => {
    for (const n of readdirSync(d)) {
      const p = path.join(d, n),
        s = lstatSync(p)
      if (s.isDirectory()) {
        chmodSync(p, 0o755)
        walk(p)
      } else {
        if (s.isFile()) chmodSync(p, s.mode & 0o111 ? 0o755 : 0o644)
        files.push(p)
      }
    }
  }
  walk(root)
  rmSync(o.out, { force: true })
  const lvl = process.env.FPM_LITE_LEVEL ?? '6'
  if (o.t === 'deb') {
    const c = path.join(root, 'DEBIAN')
    mkdirSync(c)
    const kb = Math.ceil(files.reduce((n, f) => n + statSync(f).size, 0) / 1024)
    const [first, ...rest] = o.desc.trim().split('\n')
    writeFileSync(
      path.join(c, 'control'),
      Object.entries({
        Package: o.name.toLowerCase(),
        Version: o.version + (o.iteration ? '-' + o.iteration : ''),
        License: o.license,
        Vendor: o.vendor,
        Architecture: o.arch,
        Maintainer: o.maintainer,
        'Installed-Size': kb,
        Depends: o.d.join(', '),
        Recommends: o.rec.join(', '),
        Section: o.section ?? 'default',
        Priority: o.priority ?? 'optional',
        Homepage: o.url,
        Description: [first, ...rest.map((l) => ' ' + (l.trim() || '.'))].join('\n'),
      })
        .filter(([, v]) => v)
        .map(([k, v]) => `${k}: ${v}`)
        .join('\n') + '\n',
    )
    writeFileSync(
      path.join(c, 'md5sums'),
      files.map((f) => `${createHash('md5').update(readFileSync(f)).digest('hex')}  ${path.relative(root, f)}`).join('\n') + '\n',
    )
    for (const s of ['postinst', 'postrm'])
      if (o[s]) {
        cpSync(o[s], path.join(c, s))
        chmodSync(path.join(c, s), 0o755)
      }
    run('dpkg-deb', ['--root-owner-group', `-Z${o.zip ?? 'xz'}`, `-z${lvl}`, '--build', root, o.out])
  } else if (o.t === 'rpm') {
    const q = (s) => s.replaceAll('%', '%%'),
      spec = path.join(tmp, 'p.spec'),
      dirs = new Set(o.map.map(([, d]) => d).filter((d) => d.startsWith('/opt/')))
    writeFileSync(
      spec,
      `%define _binary_payload w${lvl}T0.xzdio\n%define __os_install_post %{nil}\n%define _build_id_links none\n%define __requires_exclude .*\n%define __provides_exclude .*\nName: ${o.name}\nVersion: ${o.version.replaceAll('-', '_')}\nRelease: ${o.iteration ?? 1}\nSummary: ${q(o.summary ?? o.desc.split('\n')[0])}\nLicense: ${o.license ?? 'unknown'}\nVendor: ${o.vendor}\nURL: ${o.url}\nAutoReqProv: no\n${o.d.map((d) => 'Requires: ' + d).join('\n')}\n%description\n${q(o.desc)}\n%install\ncp -a ${root}/. %{buildroot}/\n%files\n%defattr(-,root,root,-)\n${[...dirs].map((d) => `"${d}"`).join('\n')}\n${o.map
        .filter(([, d]) => !d.startsWith('/opt/'))
        .map(([, d]) => `"${d}"`)
        .join('\n')}\n%post\n${q(readFileSync(o.postinst, 'utf8'))}\n%postun\n${q(readFileSync(o.postrm, 'utf8'))}\n`,
    )
    run('rpmbuild', [
      '-bb',
      '--quiet',
      '--target',
      { amd64: 'x86_64', arm64: 'aarch64' }[o.arch] ?? o.arch,
      '--define',
      `_topdir ${tmp}/rb`,
      '--define',
      `_rpmdir ${tmp}/rpms`,
      spec,
    ])
    const d = path.join(tmp, 'rpms', readdirSync(path.join(tmp, 'rpms'))[0])
    cpSync(path.join(d, readdirSync(d)[0]), o.out)
  } else throw new Error(`fpm-lite: target ${o.t} is not supported`)
  if (!existsSync(o.out)) throw new Error('fpm-lite: no package was written')
} finally {
  rmSync(tmp, { recursive: true, force: true })
}
