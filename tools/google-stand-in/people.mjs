/** Who can be chosen: one for each thing that Google may say of somebody, and that the server has to cope with.
    `picture`, `locale`, `hd` and the like are what Google sends too and the server must keep nowhere. */

const also = (mark) => ({
  picture: `https://picture-${mark}.invalid/photo.jpg`, locale: `x-locale-${mark}`, hd: `hd-${mark}.invalid`,
  given_name: `given-${mark}`, family_name: `family-${mark}`,
});

export const people = [
  { sub: '100000000000000000001', name: 'First Person', email: 'first@example.org', email_verified: true, ...also('first') },
  { sub: '100000000000000000002', name: 'Second Person', email: 'second@example.org', email_verified: true, ...also('second') },
  { sub: '100000000000000000003', name: 'Third Person', email: 'third@example.org', email_verified: true },
  { sub: '100000000000000000004', note: 'without a name', email: 'nameless@example.org', email_verified: true },
  {
    sub: '100000000000000000005', note: 'with a long name',
    name: 'A Person Whose Name Is As Long As Names May Be And Then Goes On For Quite A While Longer',
    email: 'a.person.with.an.address.that.is.rather.long.too@subdomain.of.a.long.domain.example.org', email_verified: true,
  },
  { sub: '100000000000000000006', note: 'with marks in the name', name: '<b>"Bold" & \'Co\'</b> 🎨', email: 'marks@example.org', email_verified: true },
  { sub: '100000000000000000007', note: 'address not verified', name: 'Unverified Person', email: 'unverified@example.org', email_verified: false },
];

export const personOf = (sub) => people.find((one) => one.sub === sub);
