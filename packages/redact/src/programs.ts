// Programs that people run every day. A word that names one is what runs, and no password: `app --password curl https://x`.

/** Programs with which a line begins that is a command and no prose. */
export const EVERYDAY =
  /^(?:alias|apt|apt-get|awk|aws|az|bash|brew|bun|cargo|cat|cd|chmod|chown|cp|crontab|curl|dd|deno|docker|echo|env|eval|exec|export|find|gcloud|gh|git|grep|gzip|head|helm|http|java|jq|kill|kubectl|ln|ls|make|mkdir|mongo|mongosh|mv|mysql|nc|nohup|node|npm|npx|openssl|perl|php|pip|pip3|pkill|pnpm|podman|printf|psql|python|python3|redis-cli|rm|rsync|ruby|scp|sed|set|setx|sh|ssh|sshpass|sudo|tail|tar|tee|terraform|touch|unset|vault|wget|xargs|yarn|zsh)$/;
/** Further programs. As first words of a line they may be prose. */
const OTHERS =
  /^(?:apk|base64|bitsadmin|certutil|chattr|chroot|cmd(?:\.exe)?|codex|claude|cscript|cut|dnf|doas|docker-compose|emacs|fdisk|fish|flatpak|ftp|halt|head|iex|iwr|insmod|iptables|journalctl|kubectl|killall|less|lua|mkfs(?:\.\w{1,8})?|modprobe|mount|msiexec|mshta|nano|ncat|netcat|nft|nice|nmap|nsenter|openclaw|osascript|pacman|parted|poweroff|powershell(?:\.exe)?|pwsh|reboot|reg(?:\.exe)?|rmdir|rundll32|runuser|schtasks|screen|sftp|shred|shutdown|snap|socat|sort|sqlite3|stdbuf|strace|su|systemctl|telnet|time|timeout|tmux|tr|truncate|umount|uniq|useradd|userdel|usermod|vi|vim|visudo|watch|wc|wipefs|wmic|wscript|xxd|yum|zip)$/;
/** A path to a file: segments of small letters, digits and `._-`, none of them long. */
const PATH = /^(?:~|\.{1,2})?(?:\/[a-z.][a-z0-9._-]{0,30}){1,12}$/;

/** Whether a word names a program, by its name or its path. */
export const namesProgram = (word: string): boolean =>
  word.length <= 200 && (EVERYDAY.test(word) || OTHERS.test(word) || PATH.test(word));
