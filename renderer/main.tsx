import '@fontsource-variable/inter'
import './styles/tokens.css'
import './styles/base.css'
import './styles/frame.css'
import './styles/cards.css'
import './styles/status.css'
import './styles/controls.css'
import './styles/play.css'
import './styles/ribbon.css'
import './styles/rows.css'
import './styles/fit.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { applyTheme, storedTheme } from './state/theme.ts'

applyTheme(storedTheme())
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(<App />)
