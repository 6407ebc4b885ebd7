// Looks at pages, pictures and Mermaid charts with a real browser.
//
// stdin: {"html": [{"file", "nodes"}], "svg": [{"file", "nodes"}], "mermaid": [{"file"}], "shots": FOLDER?}
// stdout: {"problems": [TEXT], "labels": {FILE: [TEXT]}}: what is wrong, and what the charts' nodes say.
// `nodes` is how many nodes the first view has. `shots` gets a PNG of each page in both schemes.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const modules = process.env.BROWSER_MODULES
const require = createRequire(join(resolve(modules), 'from-here.js'))
const { chromium } = require('playwright-core')
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const mermaid = join(resolve(modules), 'node_modules/mermaid/dist/mermaid.min.js')

const job = JSON.parse(readFileSync(0, 'utf8'))
const problems = []
const labels = {}
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync']
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: flags })

try {
  for (const entry of job.html ?? []) {
    for (const scheme of ['light', 'dark']) await checkPage(entry, scheme)
  }
  for (const entry of job.svg ?? []) {
    for (const scheme of ['light', 'dark']) await checkPicture(entry, scheme)
  }
  if (job.mermaid?.length) await checkCharts(job.mermaid)
} finally {
  await browser.close()
}
console.log(JSON.stringify({ problems, labels }))

async function open(file, options) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(20000)
  const url = pathToFileURL(resolve(file)).href
  const say = text => problems.push(`${basename(file)} (${options.colorScheme ?? ''}): ${text}`)
  page.on('console', message => say(`the console says: ${message.text()}`))
  page.on('pageerror', error => say(`an error: ${error.message}`))
  page.on('dialog', dialog => { say(`a dialog: ${dialog.message()}`); dialog.dismiss() })
  page.on('request', request => { if (request.url() !== url) say(`asks for ${request.url()}`) })
  await page.goto(url)
  return { context, page, say }
}

async function checkPage({ file, nodes }, colorScheme) {
  const { context, page, say } = await open(file, { colorScheme, viewport: { width: 1440, height: 900 } })
  if (job.shots) await page.screenshot({ path: join(job.shots, `${basename(file)}-${colorScheme}.png`), fullPage: true })
  const scripts = await page.evaluate(() => document.querySelectorAll('script, iframe, object, img, link').length)
  if (scripts) say(`${scripts} elements that no picture needs`)

  const radios = await page.locator('input[type=radio]').count()
  const views = radios ? ['change', 'before', 'after'] : ['after']
  if (radios) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => document.activeElement.id)
    if (focused !== 'change') say(`the first Tab leads to "${focused}"`)
  }
  for (const [index, view] of views.entries()) {
    if (index > 0) await page.keyboard.press('ArrowRight')
    const shown = await page.evaluate(() =>
      [...document.querySelectorAll('.frame > svg')].filter(svg => svg.getBoundingClientRect().height > 0)
        .map(svg => svg.parentElement.className))
    if (shown.join() !== `frame ${view}`) say(`with ${index} arrows the views ${shown} are shown, not ${view}`)
    for (const text of await page.evaluate(geometry, `.frame.${view} > svg`)) say(`view ${view}: ${text}`)
    if (index === 0) {
      const found = await page.locator(`.frame.${view} g.node`).count()
      if (found !== nodes) say(`${found} nodes, not ${nodes}`)
    }
    if (index > 0) continue
    await page.evaluate(axe)
    const { violations } = await page.evaluate(() => axe.run())
    for (const { id, help, nodes } of violations) say(`axe: ${id}, ${help}: ${nodes[0].html.slice(0, 120)}`)
  }
  for (const width of [1440, 1280, 390]) {
    await page.setViewportSize({ width, height: 900 })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    if (wide > width) say(`the page is ${wide} wide in a window of ${width}`)
  }
  await page.emulateMedia({ media: 'print', colorScheme })
  if (radios) {
    if (await page.locator('input[type=radio]').first().isVisible()) say('a choice of views is printed')
    const sheet = await page.evaluate(() => getComputedStyle(document.querySelector('.graph .sheet')).fill)
    if (sheet !== 'rgb(255, 255, 255)') say(`the sheet is printed as ${sheet}`)
  }
  const pdf = await page.pdf({ format: 'A4', landscape: true })
  if (pdf.length < 5000) say(`the print has ${pdf.length} bytes`)
  await context.close()
}

async function checkPicture({ file, nodes }, colorScheme) {
  const { context, page, say } = await open(file, { colorScheme, viewport: { width: 1440, height: 900 } })
  const root = await page.evaluate(() => document.documentElement.nodeName)
  const errors = await page.locator('parsererror').count()
  if (root !== 'svg' || errors) say(`is no well-formed SVG: ${root}`)
  else {
    const found = await page.locator('g.node').count()
    if (found !== nodes) say(`${found} nodes, not ${nodes}`)
    for (const text of await page.evaluate(geometry, 'svg')) say(text)
  }
  await context.close()
}

// Runs in the page: overlaps, text over its box, colours that nobody can read.
function geometry(selector) {
  const found = []
  const svg = document.querySelector(selector)
  const whole = svg.getBoundingClientRect()
  const box = element => element.getBoundingClientRect()
  const inside = (a, b, slack = 0.5) =>
    a.left >= b.left - slack && a.right <= b.right + slack && a.top >= b.top - slack && a.bottom <= b.bottom + slack
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5
  const color = (element, property) => getComputedStyle(element)[property].match(/[\d.]+/g).slice(0, 3).map(Number)
  const light = rgb => {
    const [r, g, b] = rgb.map(c => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p)
    return (x + 0.05) / (y + 0.05)
  }
  const nodes = [...svg.querySelectorAll('g.node')].map(g => ({
    name: g.querySelector('title').textContent, shape: g.querySelector('rect'), box: box(g.querySelector('rect')),
    texts: [...g.querySelectorAll('text:not(.sign)')], sign: g.querySelector('text.sign'), badge: g.querySelector('.badge'),
  }))
  const card = svg.querySelector('.card')
  const sheet = svg.querySelector('.sheet')
  for (const [index, node] of nodes.entries()) {
    if (!inside(node.box, whole)) found.push(`${node.name} leaves the picture`)
    for (const other of nodes.slice(index + 1)) {
      if (overlap(node.box, other.box)) found.push(`${node.name} overlaps ${other.name}`)
    }
    for (const text of node.texts) {
      if (!inside(box(text), node.box)) found.push(`"${text.textContent}" runs over its box`)
      const ratio = contrast(color(text, 'fill'), color(node.shape, 'fill'))
      if (ratio < 4.5) found.push(`"${text.textContent}" has a contrast of ${ratio.toFixed(1)}`)
    }
    const edge = contrast(color(node.shape, 'stroke'), color(card, 'fill'))
    if (edge < 3) found.push(`the border of ${node.name} has a contrast of ${edge.toFixed(1)}`)
    if (node.sign && contrast(color(node.sign, 'fill'), color(node.badge, 'fill')) < 4.5) found.push('a sign cannot be read')
  }
  const labels = [...svg.querySelectorAll('text.label')]
  for (const [index, label] of labels.entries()) {
    const own = box(label)
    if (!inside(own, whole)) found.push(`"${label.textContent}" leaves the picture`)
    // A line's box is higher than its letters.
    const letters = { left: own.left, right: own.right, top: own.top + 3, bottom: own.bottom - 3 }
    for (const node of nodes) if (overlap(letters, node.box)) found.push(`"${label.textContent}" lies on ${node.name}`)
    for (const other of labels.slice(index + 1)) {
      const theirs = box(other)
      const letters2 = { left: theirs.left, right: theirs.right, top: theirs.top + 3, bottom: theirs.bottom - 3 }
      if (overlap(letters, letters2)) found.push(`"${label.textContent}" lies on "${other.textContent}"`)
    }
    const ratio = contrast(color(label, 'fill'), color(card, 'fill'))
    if (ratio < 4.5) found.push(`"${label.textContent}" has a contrast of ${ratio.toFixed(1)}`)
  }
  for (const text of svg.querySelectorAll('text.head, text.foot, text.space')) {
    if (!inside(box(text), whole)) found.push(`"${text.textContent}" leaves the picture`)
    if (contrast(color(text, 'fill'), color(sheet, 'fill')) < 4.5) found.push(`"${text.textContent}" cannot be read`)
  }
  return found
}

async function checkCharts(entries) {
  const page = await browser.newPage()
  page.setDefaultTimeout(60000)
  page.on('request', request => problems.push(`mermaid asks for ${request.url()}`))
  page.on('dialog', dialog => { problems.push(`a dialog: ${dialog.message()}`); dialog.dismiss() })
  await page.addScriptTag({ path: mermaid })
  await page.evaluate(() => mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' }))
  for (const { file, shot } of entries) {
    const text = readFileSync(file, 'utf8')
    const answer = await page.evaluate(async text => {
      try {
        const { diagramType } = await mermaid.parse(text)
        const { svg } = await mermaid.render('chart', text)
        document.body.innerHTML = svg
        const all = selector => [...document.querySelectorAll(selector)]
        return {
          type: diagramType, nodes: all('g.node').map(node => node.textContent), edges: all('path.flowchart-link').length,
          edge_labels: all('g.edgeLabel').map(label => label.textContent), scripts: all('script, iframe').length - all('head script').length,
        }
      } catch (error) { return { error: String(error) } }
    }, text)
    if (job.shots) await page.screenshot({ path: join(job.shots, `${basename(file)}.png`), fullPage: true })
    if (answer.error) problems.push(`${basename(file)}: mermaid says: ${answer.error}`)
    else if (answer.scripts > 0) problems.push(`${basename(file)}: a script got through`)
    labels[file] = answer
  }
}
