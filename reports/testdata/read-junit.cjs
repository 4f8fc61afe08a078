// Reads JUnit files with published parsers and prints for each file what each of them saw, as one list of test cases.
// node read-junit.cjs NODE_MODULES FILE...
const { createRequire } = require('module')
const { readFileSync } = require('fs')
const load = createRequire(process.argv[2] + '/x.js')

async function junit2json(file) {
  const { parse } = load('junit2json')
  const run = await parse(readFileSync(file, 'utf8'))
  return (run.testsuite || []).flatMap(s => (s.testcase || []).map(c => {
    const outcome = ['failure', 'error', 'skipped'].find(o => c[o])
    const seen = outcome ? c[outcome][0] : {}
    return { suite: s.name, name: c.name, classname: c.classname, outcome: outcome || '', message: seen.message || '', body: seen.inner || (c['system-out'] || []).join(''), seconds: c.time }
  }))
}

async function testResultsParser(file) {
  const { parse } = load('test-results-parser')
  const run = parse({ type: 'junit', files: [file] })
  const words = { PASS: '', FAIL: 'failed', SKIP: 'skipped' }
  return run.suites.flatMap(s => s.cases.map(c => ({ suite: s.name, name: c.name, outcome: words[c.status], message: c.failure || '', seconds: c.duration / 1000,
    properties: Object.keys(c.metadata).length, attachments: c.attachments.length })))
}

(async () => {
  const all = []
  for (const file of process.argv.slice(3)) {
    all.push({ 'junit2json': await junit2json(file), 'test-results-parser': await testResultsParser(file) })
  }
  console.log(JSON.stringify(all))
})().catch(e => { console.error(e); process.exit(1) })
