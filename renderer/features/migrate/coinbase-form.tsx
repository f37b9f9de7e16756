import { useCallback, useEffect, useState, type ReactElement } from 'react'
import type { Fault } from '../../../shared/domain/fault.ts'
import { closed } from '../../components/sentence.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { WordField } from './fields.tsx'
import { Shell, type FormProps } from './forms.tsx'
import { whyText } from './words.ts'

type Checked = { readonly address: string; readonly fault?: Fault } | undefined

/** What the keeper says of an address while it is typed; of an older one nothing. */
function useCheck(address: string): Checked {
  const [checked, setChecked] = useState<Checked>()
  useEffect(() => {
    if (address === '' || address.length > 200) return undefined
    let isCurrent = true
    const check = async (): Promise<void> => {
      const answer = await api().coinbase.check({ address })
      if (isCurrent) setChecked(answer.ok ? { address } : { address, fault: answer.fault })
    }
    void check()
    return () => {
      isCurrent = false
    }
  }, [address])
  return checked?.address === address ? checked : undefined
}

/** Another account for the rewards of our node: checked while it is typed, changed by a plan in a safe window. */
export function CoinbaseForm({ plan }: FormProps): ReactElement {
  const [text, setText] = useState('')
  const address = text.trim()
  const checked = useCheck(address)
  const now = useLoad(useCallback(() => api().coinbase.read(), []))
  const isSame = address !== '' && address === now.value?.coinbase
  const isGood = checked !== undefined && checked.fault === undefined && !isSame
  const problem = isSame ? 'Rewards go there already.' : checked?.fault === undefined ? undefined : whyText(checked.fault)
  const hint =
    address === ''
      ? 'An address of this network, as your wallet shows it'
      : checked === undefined
        ? 'Checking…'
        : 'A valid address of this network. Compare its end with your wallet: nobody else can tell whether it is yours.'
  return (
    <Shell
      room="Another coinbase"
      title="Which account shall receive the rewards?"
      lead="One node has one coinbase: it holds for every identity of it. The node restarts for it, in a window in which no proof is lost."
      request={isGood ? { kind: 'coinbase', address } : undefined}
      plan={plan}
    >
      <div>
        <span className="label">Now</span>
        <p className="coinbase-now">
          {now.value === undefined ? (now.fault === undefined ? 'Reading…' : whyText(now.fault)) : closed(now.value.sentence)}
        </p>
        {now.value?.problem !== undefined && <p className="c-bad">{closed(now.value.problem)}</p>}
      </div>
      <WordField label="New coinbase" hint={hint} problem={problem} value={text} set={setText} />
    </Shell>
  )
}
