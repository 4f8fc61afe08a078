// Renders Markdown files as HTML with a published parser (GFM) and prints what each became.
// node read-markdown.mjs NODE_MODULES FILE...
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
const { marked } = createRequire(process.argv[2] + '/x.js')('marked')
console.log(JSON.stringify(process.argv.slice(3).map(file => marked.parse(readFileSync(file, 'utf8'), { gfm: true }))))
