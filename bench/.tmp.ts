import { mkdtempSync, rmSync } from 'node:fs';
import { limit, limitArrays, ours } from './stores.ts';
const folder = mkdtempSync('/work/.t/b-'); let made=0; const np=()=>`${folder}/s${made++}.session`;
const med=(a:number[])=>a.toSorted((x,y)=>x-y)[a.length>>1]!;
for (const n of [0,100,1000,10000]) {
  const R=n>1000?25:60; const w4=new Map<any,number[]>([[ours,[]],[limit,[]]]);
  for(let r=0;r<R;r++) for(const s of [ours,limit]) w4.get(s)!.push(await s.w4(np(),n));
  const w5=new Map<any,number[]>([[ours,[]],[limit,[]],[limitArrays,[]]]); const ps=new Map<any,string>(); for(const s of w5.keys()){const p=np();await s.w4(p,n);ps.set(s,p)}
  for(let r=0;r<400;r++) for(const s of w5.keys()) w5.get(s)!.push(await s.w5(ps.get(s)!));
  const a=med(w4.get(ours)!),b=med(w4.get(limit)!),c=med(w5.get(ours)!),d=med(w5.get(limit)!),e=med(w5.get(limitArrays)!);
  console.log(n,'W4',a.toFixed(2),b.toFixed(2),(a/b).toFixed(2),' W5',c.toFixed(3),d.toFixed(3),e.toFixed(3),(c/d).toFixed(2),(c/e).toFixed(2));
}
rmSync(folder,{recursive:true});
