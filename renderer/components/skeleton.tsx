import { useEffect, useState, type ReactElement } from 'react'

/** Grey rows where rows will be, after 300 ms; a step named after 2 s. */
export function Skeleton({ rows = 5, step }: { readonly rows?: number; readonly step: string }): ReactElement {
  const [age, setAge] = useState<'new' | 'seen' | 'slow'>('new')
  useEffect(() => {
    const timers = [setTimeout(() => setAge('seen'), 300), setTimeout(() => setAge('slow'), 2000)]
    return () => timers.forEach(clearTimeout)
  }, [])
  return (
    <div className="skeleton" role="status" aria-label={step} aria-busy="true">
      {age === 'new' ? null : Array.from({ length: rows }, (_, row) => <i key={row} />)}
      {age === 'slow' && <p className="s dim">{step}</p>}
    </div>
  )
}
