/**
 * How often each fact (`name=count`) stands in each recorded node log. Checked against what the README of the recordings says happened
 * (starts × keys, ATXs published, proofs refused) and against plain text counts in the test.
 */
export const EXPECTED: Readonly<Record<string, string>> = {
  'node-1n-1.7.6/node-log.jsonl':
    'version=3 start-step:welcome=3 identity-loaded=12 start-step:starting=3 start-step:p2p=3 start-step:warm-up=3 start-step:tortoise=3 start-step:poet-client=3 start-step:poet-waiting=5 poet-slow=16 registered-key=12 post-state:idle=36 post-state:proving=27 app-started=3 service-registered=12 service-missing=24 challenge-submitted=24 got-poet-proof=21 proving-started=21 proving-finished=21 atx-published=21 stopping=2 stopped=2 atx-failed:poet=6',
  'node-1n-1.8.3/also-converted-to-remote.jsonl':
    'identity-loaded=1 registered-key=1 post-state:idle=2 app-started=1 service-registered=1 challenge-submitted=1 got-poet-proof=1 proving-started=1 post-state:proving=1 proving-finished=1 atx-published=1 stopping=1 stopped=1',
  'node-1n-1.8.3/also-post-service-0.7.13.jsonl':
    'start-step:starting=1 registered-key=1 post-state:idle=4 post-state:proving=3 app-started=1 service-registered=1 challenge-submitted=3 got-poet-proof=2 proving-started=2 proving-finished=2 atx-published=2 stopping=1 stopped=1',
  'node-1n-1.8.3/also-supervised.jsonl':
    'start-step:starting=1 app-started=1 registered-key=1 post-state:idle=4 post-state:proving=3 service-registered=1 challenge-submitted=3 got-poet-proof=2 proving-started=2 proving-finished=2 atx-published=2 stopping=1 stopped=1',
  'node-1n-1.8.3/node-log.jsonl':
    'version=3 start-step:welcome=3 identity-loaded=9 start-step:starting=3 start-step:p2p=3 start-step:warm-up=3 start-step:tortoise=3 start-step:poet-client=3 start-step:poet-waiting=5 poet-slow=16 registered-key=9 post-state:idle=24 post-state:proving=15 app-started=3 service-missing=3 service-registered=9 challenge-submitted=15 got-poet-proof=12 proving-started=12 proving-finished=12 atx-published=12 stopping=2 stopped=2 atx-failed:poet=6 atx-failed:expired=2',
  'node-equivocation-1.7.6/nodeA.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 poet-slow=5 registered-key=2 post-state:idle=7 post-state:proving=5 app-started=1 service-registered=2 challenge-submitted=4 got-poet-proof=3 proving-started=3 proving-finished=3 atx-published=3 twin-sign:already-published=1 twin-sign:poet-conflict=1 stopping=1 stopped=1',
  'node-equivocation-1.7.6/nodeB.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 registered-key=2 post-state:idle=8 app-started=1 post-state:proving=6 service-registered=2 challenge-submitted=6 got-poet-proof=4 proving-started=4 proving-finished=4 atx-published=4 twin-sign:already-published=1 stopping=1 stopped=1',
  'node-equivocation-1.7.6/nodeC.jsonl':
    'version=1 start-step:welcome=1 identity-created=1 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 app-started=1 stopping=1 stopped=1',
  'node-equivocation-1.7.6/not-connected-B-log.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 registered-key=2 post-state:idle=8 app-started=1 post-state:proving=6 service-registered=2 challenge-submitted=5 got-poet-proof=4 proving-started=4 proving-finished=4 atx-published=4 twin-sign:poet-conflict=1 stopping=1 stopped=1',
  'node-equivocation-1.7.6/without-observer/nodeA.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 poet-slow=5 registered-key=2 post-state:idle=6 post-state:proving=4 app-started=1 service-registered=2 challenge-submitted=3 got-poet-proof=2 proving-started=2 proving-finished=2 atx-published=2 twin-sign:already-published=1 twin-sign:poet-conflict=1 stopping=1 stopped=1',
  'node-equivocation-1.7.6/without-observer/nodeB.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 registered-key=2 post-state:idle=6 app-started=1 post-state:proving=4 service-registered=2 challenge-submitted=4 got-poet-proof=2 proving-started=2 proving-finished=2 atx-published=2 twin-sign:already-published=11 stopping=1 stopped=1',
  'node-equivocation-1.8.3/nodeA.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 poet-slow=4 registered-key=2 post-state:idle=10 post-state:proving=8 app-started=1 service-registered=2 challenge-submitted=6 got-poet-proof=6 proving-started=6 proving-finished=6 atx-published=6 twin-sign:same-previous-atx=2 twin-sign:two-ballots=1',
  'node-equivocation-1.8.3/nodeB.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=1 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 registered-key=1 post-state:idle=4 app-started=1 service-registered=1 got-poet-proof=3 proving-started=3 post-state:proving=3 proving-finished=3 atx-published=3 challenge-submitted=2 twin-sign:managed-by-node=1 twin-sign:poet-conflict=1 stopping=1 stopped=1',
  'node-equivocation-1.8.3/nodeC.jsonl':
    'version=1 start-step:welcome=1 identity-created=1 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 app-started=1 twin-sign:two-ballots=1 stopping=1 stopped=1',
  'node-misc-1.7.6/node-poet-changed.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=2 poet-slow=5 registered-key=2 post-state:idle=2 app-started=1 service-registered=2 fatal:node/poets-mismatch=1',
  'node-misc-1.7.6/node2.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=2 poet-slow=5 registered-key=2 post-state:idle=6 app-started=1 service-registered=2 got-poet-proof=4 proving-started=4 post-state:proving=4 proving-finished=4 atx-published=4 challenge-submitted=4 stopping=1 stopped=1',
  'node-misc-1.7.6/node3.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=4 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=2 poet-slow=5 registered-key=4 post-state:idle=6 app-started=1 got-poet-proof=2 proving-started=2 post-state:proving=2 challenge-submitted=2 service-registered=2 proving-finished=2 atx-published=2 stopping=1 stopped=1',
  'node-old/1.4.6-node-log.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:migrating=2 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 registered-key=2 post-state:idle=6 post-state:proving=6 app-started=1 service-missing=3 service-registered=2 challenge-submitted=4 got-poet-proof=4 proving-started=4 proving-finished=2 atx-published=2 stopping=1 stopped=1',
  'node-old/1.5.8-node-log.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:migrating=2 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 registered-key=2 post-state:idle=6 post-state:proving=6 app-started=1 service-missing=3 service-registered=2 challenge-submitted=4 got-poet-proof=4 proving-started=4 proving-finished=2 atx-published=2 stopping=1 stopped=1',
  'node-old/1.6.8-node-log.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=2 start-step:starting=1 start-step:p2p=1 start-step:migrating=2 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 registered-key=2 post-state:idle=6 post-state:proving=4 app-started=1 service-missing=4 service-registered=2 challenge-submitted=4 got-poet-proof=2 proving-started=2 proving-finished=2 atx-published=2 stopping=1 stopped=1',
  'node-proof-failures-1.7.6/node.jsonl':
    'version=1 start-step:welcome=1 identity-loaded=4 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 poet-slow=5 registered-key=4 post-state:idle=43 post-state:proving=80 app-started=1 service-registered=6 initial-post-invalid=32 initial-proof-failed=66 challenge-submitted=7 got-poet-proof=5 proving-started=11 proving-finished=4 atx-published=4 atx-failed:proof=7 atx-failed:expired=1 stopping=1 stopped=1',
  'node-start/mainnet-poet-refused.log':
    'version=1 start-step:welcome=1 identity-loaded=1 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 poet-slow=12 registered-key=1 post-state:idle=1 app-started=1 post-state:proving=1 service-missing=6 stopping=1 stopped=1',
  'node-start/poet-wait-1.8.3-log.jsonl':
    'version=1 start-step:welcome=1 identity-created=1 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=2 start-step:poet-waiting=2 poet-slow=5 app-started=1 stopping=1 stopped=1',
  'node-supervised-1.7.6/1-supervised.log':
    'version=1 start-step:welcome=1 identity-created=1 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 poet-slow=5 app-started=1 registered-key=1 post-state:idle=6 post-state:proving=5 service-registered=1 challenge-submitted=5 got-poet-proof=4 proving-started=4 proving-finished=4 atx-published=4 stopping=1 stopped=1',
  'node-supervised-1.7.6/2-renamed-smeshing-start-true.log':
    'version=1 start-step:welcome=1 identity-loaded=1 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=2 poet-slow=7 registered-key=1 post-state:idle=1 start-failed:node/smeshing-start-remote=1 stopping=1 stopped=1',
  'node-supervised-1.7.6/3-local-key-smeshing-start-false.log':
    'version=1 start-step:welcome=1 identity-loaded=1 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=1 poet-slow=5 app-started=1 service-registered=1 stopping=1 stopped=1',
  'node-supervised-1.7.6/4-remote.log':
    'version=1 start-step:welcome=1 identity-loaded=1 start-step:starting=1 start-step:p2p=1 start-step:warm-up=1 start-step:tortoise=1 start-step:poet-client=1 start-step:poet-waiting=2 poet-slow=5 registered-key=1 post-state:idle=2 app-started=1 atx-failed:expired=1 service-registered=1 challenge-submitted=2 got-poet-proof=1 proving-started=1 post-state:proving=1 proving-finished=1 atx-published=1 stopping=1 stopped=1',
}
