"""Phrase tables of seven languages: sentences about people, with the same sentences in English.

Names are always in the nominative and verbs in the present tense, so a name needs no ending. A
table gives the forms of each English word, separated by slashes; `a|b` is the form for a man and
the form for a woman. Placeholders of the phrases: `{n}` and `{o}` are names, `{town}` is the
English word, `{town_0}` is the first form of its entry in the language's table, and so on.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Language:
  """The words and phrases of a language.

  Attributes:
    tables: kind of word -> English word -> its forms.
    statements: (English, foreign) clauses without a period, which can be joined.
    whole: (English, foreign) sentences, which cannot be joined.
    links: the translations of "and" and "but" between two clauses.
    names: the spelling of names that differs from English.
  """
  tables: dict[str, dict[str, tuple[str, ...]]]
  statements: tuple[tuple[str, str], ...]
  whole: tuple[tuple[str, str], ...]
  links: tuple[str, str]
  names: dict[str, str] = dataclasses.field(default_factory=dict)


def _tables(**entries: str) -> dict[str, dict[str, tuple[str, ...]]]:
  """Reads 'dog=Hund/Hunde, cat=Katze/Katzen' for each kind of word."""
  return {kind: dict(_entry(entry) for entry in text.replace('\n', ' ').split(', '))
          for kind, text in entries.items()}


def _entry(text: str) -> tuple[str, tuple[str, ...]]:
  english, forms = text.strip().split('=')
  return english, tuple(forms.split('/'))


_LIVES, _JOB, _WORKS = (
    '{n} lives in {town}', '{n} is a {job}', '{n} works in {town} as a {job}')
_LIKES, _LIKES_NOT, _EATS = (
    '{n} likes {food}', '{n} does not like {food}', '{n} eats {food} every day')
_BUYS = '{n} buys {food} and {drink}'
_DRINKS, _KEEPS = '{n} drinks {drink} on {day}', '{n} keeps a {animal} at home'
_IN, _SEES, _GIVES = (
    '{n} is in the {room}', '{n} sees a {animal} in the {room}', '{n} gives {food} to the {animal}')
_READS, _WHERE, _IS_IT = (
    '{n} reads a {text} in the {room}', 'Where does {n} live?', 'Does {n} live in {town}?')
_FRIENDS, _TODAY = '{n} and {o} are friends.', 'Today is {day}, and {n} is in {town}.'

GERMAN = Language(
    tables=_tables(
        town='''Rome=Rom, Paris=Paris, London=London, Vienna=Wien, Lisbon=Lissabon, Athens=Athen,
            Copenhagen=Kopenhagen, Berlin=Berlin, Madrid=Madrid, Oslo=Oslo''',
        job='''baker=Bäcker|Bäckerin, teacher=Lehrer|Lehrerin, cook=Koch|Köchin,
            farmer=Bauer|Bäuerin, doctor=Arzt|Ärztin, singer=Sänger|Sängerin,
            painter=Maler|Malerin, gardener=Gärtner|Gärtnerin''',
        animal='''dog=einen Hund/dem Hund, cat=eine Katze/der Katze, horse=ein Pferd/dem Pferd,
            cow=eine Kuh/der Kuh, rabbit=ein Kaninchen/dem Kaninchen, mouse=eine Maus/der Maus,
            hen=eine Henne/der Henne, duck=eine Ente/der Ente, goat=eine Ziege/der Ziege''',
        food='bread=Brot, cheese=Käse, soup=Suppe, rice=Reis, fish=Fisch, meat=Fleisch',
        drink='tea=Tee, coffee=Kaffee, milk=Milch, juice=Saft',
        day='Monday=Montag, Tuesday=Dienstag, Friday=Freitag, Sunday=Sonntag',
        room='house=im Haus, garden=im Garten, kitchen=in der Küche, park=im Park',
        text='book=ein Buch, letter=einen Brief, story=eine Geschichte'),
    statements=(
        (_LIVES, '{n} wohnt in {town_0}'), (_JOB, '{n} ist {job_0}'),
        (_WORKS, '{n} arbeitet in {town_0} als {job_0}'), (_LIKES, '{n} mag {food_0}'),
        (_LIKES_NOT, '{n} mag {food_0} nicht'), (_EATS, '{n} isst jeden Tag {food_0}'),
        (_BUYS, '{n} kauft {food_0} und {drink_0}'), (_DRINKS, '{n} trinkt am {day_0} {drink_0}'),
        (_KEEPS, '{n} hält zu Hause {animal_0}'), (_IN, '{n} ist {room_0}'),
        (_SEES, '{n} sieht {room_0} {animal_0}'), (_GIVES, '{n} gibt {animal_1} {food_0}'),
        (_READS, '{n} liest {room_0} {text_0}')),
    whole=(
        (_WHERE, 'Wo wohnt {n}?'), (_IS_IT, 'Wohnt {n} in {town_0}?'),
        (_FRIENDS, '{n} und {o} sind Freunde|Freundinnen.'),
        (_TODAY, 'Heute ist {day_0}, und {n} ist in {town_0}.')),
    links=(', und ', ', aber '))

SPANISH = Language(
    tables=_tables(
        town='''Rome=Roma, Paris=París, London=Londres, Vienna=Viena, Lisbon=Lisboa,
            Athens=Atenas, Copenhagen=Copenhague, Berlin=Berlín, Madrid=Madrid, Oslo=Oslo''',
        job='''baker=panadero|panadera, teacher=profesor|profesora, cook=cocinero|cocinera,
            farmer=granjero|granjera, doctor=médico|médica, singer=cantante,
            painter=pintor|pintora, gardener=jardinero|jardinera''',
        animal='''dog=un perro/al perro, cat=un gato/al gato, horse=un caballo/al caballo,
            cow=una vaca/a la vaca, rabbit=un conejo/al conejo, mouse=un ratón/al ratón,
            hen=una gallina/a la gallina, duck=un pato/al pato, goat=una cabra/a la cabra''',
        food='bread=pan, cheese=queso, soup=sopa, rice=arroz, fish=pescado, meat=carne',
        drink='tea=té, coffee=café, milk=leche, juice=zumo',
        day='Monday=lunes, Tuesday=martes, Friday=viernes, Sunday=domingo',
        room='house=la casa, garden=el jardín, kitchen=la cocina, park=el parque',
        text='book=un libro, letter=una carta, story=un cuento'),
    statements=(
        (_LIVES, '{n} vive en {town_0}'), (_JOB, '{n} es {job_0}'),
        (_WORKS, '{n} trabaja en {town_0} como {job_0}'),
        (_EATS, '{n} come {food_0} todos los días'), (_BUYS, '{n} compra {food_0} y {drink_0}'),
        ('{n} wants {food}', '{n} quiere {food_0}'),
        ('{n} does not eat {food}', '{n} no come {food_0}'),
        (_DRINKS, '{n} bebe {drink_0} el {day_0}'), (_KEEPS, '{n} tiene {animal_0} en casa'),
        (_IN, '{n} está en {room_0}'), (_SEES, '{n} ve {animal_0} en {room_0}'),
        (_GIVES, '{n} le da {food_0} {animal_1}'), (_READS, '{n} lee {text_0} en {room_0}')),
    whole=(
        (_WHERE, '¿Dónde vive {n}?'), (_IS_IT, '¿Vive {n} en {town_0}?'),
        (_FRIENDS, '{n} y {o} son amigos|amigas.'), ('Hello, {n}!', '¡Hola, {n}!'),
        (_TODAY, 'Hoy es {day_0} y {n} está en {town_0}.')),
    links=(' y ', ', pero '))

CZECH = Language(
    tables=_tables(
        town='''Rome=v Římě, Paris=v Paříži, London=v Londýně, Vienna=ve Vídni,
            Lisbon=v Lisabonu, Athens=v Athénách, Copenhagen=v Kodani, Berlin=v Berlíně,
            Madrid=v Madridu, Oslo=v Oslu''',
        job='''baker=pekař|pekařka, teacher=učitel|učitelka, cook=kuchař|kuchařka,
            farmer=farmář|farmářka, doctor=lékař|lékařka, singer=zpěvák|zpěvačka,
            painter=malíř|malířka, gardener=zahradník|zahradnice''',
        animal='''dog=psa/psovi, cat=kočku/kočce, horse=koně/koni, cow=krávu/krávě,
            rabbit=králíka/králíkovi, mouse=myš/myši, hen=slepici/slepici, duck=kachnu/kachně,
            goat=kozu/koze''',
        food='bread=chléb, cheese=sýr, soup=polévku, rice=rýži, fish=rybu, meat=maso',
        drink='tea=čaj, coffee=kávu, milk=mléko, juice=džus',
        day='''Monday=pondělí/v pondělí, Tuesday=úterý/v úterý, Friday=pátek/v pátek,
            Sunday=neděle/v neděli''',
        room='house=v domě, garden=v zahradě, kitchen=v kuchyni, park=v parku',
        text='book=knihu, letter=dopis, story=příběh'),
    statements=(
        (_LIVES, '{n} bydlí {town_0}'), (_JOB, '{n} je {job_0}'),
        (_WORKS, '{n} pracuje {town_0} jako {job_0}'), (_LIKES, '{n} má rád|ráda {food_0}'),
        (_LIKES_NOT, '{n} nemá rád|ráda {food_0}'), (_EATS, '{n} jí každý den {food_0}'),
        (_BUYS, '{n} kupuje {food_0} a {drink_0}'), (_DRINKS, '{n} pije {day_1} {drink_0}'),
        (_KEEPS, '{n} má doma {animal_0}'), (_IN, '{n} je {room_0}'),
        (_SEES, '{n} vidí {room_0} {animal_0}'), (_GIVES, '{n} dává {animal_1} {food_0}'),
        (_READS, '{n} čte {room_0} {text_0}')),
    whole=(
        (_WHERE, 'Kde bydlí {n}?'), (_IS_IT, 'Bydlí {n} {town_0}?'),
        (_FRIENDS, '{n} a {o} jsou přátelé|přítelkyně.'),
        (_TODAY, 'Dnes je {day_0} a {n} je {town_0}.')),
    links=(' a ', ', ale '))

FINNISH = Language(
    tables=_tables(
        town='''Rome=Roomassa, Paris=Pariisissa, London=Lontoossa, Vienna=Wienissä,
            Lisbon=Lissabonissa, Athens=Ateenassa, Copenhagen=Kööpenhaminassa, Berlin=Berliinissä,
            Madrid=Madridissa, Oslo=Oslossa''',
        job='''baker=leipuri/leipurina, teacher=opettaja/opettajana, cook=kokki/kokkina,
            farmer=maanviljelijä/maanviljelijänä, doctor=lääkäri/lääkärinä,
            singer=laulaja/laulajana, painter=maalari/maalarina,
            gardener=puutarhuri/puutarhurina''',
        animal='''dog=koiran/koiralle, cat=kissan/kissalle, horse=hevosen/hevoselle,
            cow=lehmän/lehmälle, rabbit=kanin/kanille, mouse=hiiren/hiirelle, hen=kanan/kanalle,
            duck=ankan/ankalle, goat=vuohen/vuohelle''',
        food='''bread=leipää/leivästä, cheese=juustoa/juustosta, soup=keittoa/keitosta,
            rice=riisiä/riisistä, fish=kalaa/kalasta, meat=lihaa/lihasta''',
        drink='tea=teetä, coffee=kahvia, milk=maitoa, juice=mehua',
        day='''Monday=maanantai/maanantaina, Tuesday=tiistai/tiistaina,
            Friday=perjantai/perjantaina, Sunday=sunnuntai/sunnuntaina''',
        room='house=talossa, garden=puutarhassa, kitchen=keittiössä, park=puistossa',
        text='book=kirjaa, letter=kirjettä, story=tarinaa'),
    statements=(
        (_LIVES, '{n} asuu {town_0}'), (_JOB, '{n} on {job_0}'),
        (_WORKS, '{n} työskentelee {town_0} {job_1}'), (_LIKES, '{n} pitää {food_1}'),
        (_LIKES_NOT, '{n} ei pidä {food_1}'), (_EATS, '{n} syö {food_0} joka päivä'),
        (_BUYS, '{n} ostaa {food_0} ja {drink_0}'), (_DRINKS, '{n} juo {drink_0} {day_1}'),
        ('{n} has a {animal}', '{n} omistaa {animal_0}'), (_IN, '{n} on {room_0}'),
        (_SEES, '{n} näkee {animal_0} {room_0}'), (_GIVES, '{n} antaa {animal_1} {food_0}'),
        (_READS, '{n} lukee {text_0} {room_0}')),
    whole=(
        (_WHERE, 'Missä {n} asuu?'), (_IS_IT, 'Asuuko {n} {town_0}?'),
        (_FRIENDS, '{n} ja {o} ovat ystäviä.'), ('Hello, {n}!', 'Hei, {n}!'),
        (_TODAY, 'Tänään on {day_0}, ja {n} on {town_0}.')),
    links=(', ja ', ', mutta '))

ROMANIAN = Language(
    tables=_tables(
        town='''Rome=Roma, Paris=Paris, London=Londra, Vienna=Viena, Lisbon=Lisabona,
            Athens=Atena, Copenhagen=Copenhaga, Berlin=Berlin, Madrid=Madrid, Oslo=Oslo''',
        job='''baker=brutar|brutăreasă, teacher=profesor|profesoară, cook=bucătar|bucătăreasă,
            farmer=fermier|fermieră, doctor=doctor|doctoriță, singer=cântăreț|cântăreață,
            painter=pictor|pictoriță, gardener=grădinar|grădinăreasă''',
        animal='''dog=un câine/câinelui, cat=o pisică/pisicii, horse=un cal/calului,
            cow=o vacă/vacii, rabbit=un iepure/iepurelui, mouse=un șoarece/șoarecelui,
            hen=o găină/găinii, duck=o rață/raței, goat=o capră/caprei''',
        food='bread=pâine, cheese=brânză, soup=supă, rice=orez, fish=pește, meat=carne',
        drink='tea=ceai, coffee=cafea, milk=lapte, juice=suc',
        day='Monday=luni, Tuesday=marți, Friday=vineri, Sunday=duminică',
        room='house=în casă, garden=în grădină, kitchen=în bucătărie, park=în parc',
        text='book=o carte, letter=o scrisoare, story=o poveste'),
    statements=(
        (_LIVES, '{n} locuiește la {town_0}'), (_JOB, '{n} este {job_0}'),
        (_WORKS, '{n} lucrează la {town_0} ca {job_0}'),
        (_EATS, '{n} mănâncă {food_0} în fiecare zi'), (_BUYS, '{n} cumpără {food_0} și {drink_0}'),
        ('{n} wants {food}', '{n} vrea {food_0}'),
        ('{n} does not eat {food}', '{n} nu mănâncă {food_0}'),
        (_DRINKS, '{n} bea {drink_0} {day_0}'), ('{n} has a {animal}', '{n} are {animal_0}'),
        (_IN, '{n} este {room_0}'), (_SEES, '{n} vede {animal_0} {room_0}'),
        (_GIVES, '{n} îi dă {food_0} {animal_1}'), (_READS, '{n} citește {text_0} {room_0}')),
    whole=(
        (_WHERE, 'Unde locuiește {n}?'), (_IS_IT, 'Locuiește {n} la {town_0}?'),
        (_FRIENDS, '{n} și {o} sunt prieteni|prietene.'),
        (_TODAY, 'Astăzi este {day_0}, iar {n} este la {town_0}.')),
    links=(' și ', ', dar '))

_RUSSIAN_NAMES = dict(entry.split('=') for entry in '''\
Maya=Майя, Anna=Анна, Emma=Эмма, Lucy=Люси, Nora=Нора, Ella=Элла, Ida=Ида, Clara=Клара,
Sara=Сара, Lena=Лена, Mia=Мия, Zoe=Зоя, Eva=Ева, Julia=Юлия, Alice=Алиса, Ruth=Рут, Vera=Вера,
Tina=Тина, Olga=Ольга, Nina=Нина, Rosa=Роза, Ada=Ада, Dora=Дора, Edith=Эдит, Fiona=Фиона,
Greta=Грета, Hanna=Ханна, Irene=Ирена, Jane=Джейн, Karen=Карен, Laura=Лаура, Marta=Марта,
Naomi=Наоми, Paula=Паула, Rita=Рита, Sofia=София, Tara=Тара, Wendy=Венди, Yara=Яра,
Amina=Амина, Bella=Белла, Carla=Карла, Diana=Диана, Elsa=Эльза, Freya=Фрейя, Gina=Джина,
Helen=Хелен, Ingrid=Ингрид, Kate=Кейт, Linda=Линда, Molly=Молли, Nadia=Надя, Petra=Петра,
Ronja=Роня, Stella=Стелла, Thea=Тея, Uma=Ума, Viola=Виола, Zara=Зара, Lotte=Лотта,
Tom=Том, Ben=Бен, Max=Макс, Leo=Лео, Sam=Сэм, Adam=Адам, Paul=Пауль, Peter=Петер, Hugo=Уго,
Ivan=Иван, Jack=Джек, Karl=Карл, Luke=Люк, Noah=Ной, Oscar=Оскар, Otto=Отто, Ralph=Ральф,
Simon=Симон, Theo=Тео, Victor=Виктор, Walter=Вальтер, Yusuf=Юсуф, Felix=Феликс, Emil=Эмиль,
David=Давид, Carl=Карл, Bruno=Бруно, Anton=Антон, Alan=Алан, Eric=Эрик, Frank=Франк,
George=Георг, Henry=Генри, Isaac=Исаак, James=Джеймс, Kevin=Кевин, Louis=Луи, Martin=Мартин,
Nils=Нильс, Omar=Омар, Pablo=Пабло, Robin=Робин, Stefan=Стефан, Tim=Тим, Umar=Умар,
Vincent=Винсент, Wes=Уэс, Xavier=Хавьер, Zack=Зак, Arthur=Артур, Boris=Борис, Cyril=Кирилл,
Dennis=Деннис, Edgar=Эдгар, Fred=Фред, Gus=Гас, Harry=Гарри, Igor=Игорь, Jonas=Йонас,
Kurt=Курт'''.replace('\n', ' ').split(', '))

RUSSIAN = Language(
    tables=_tables(
        town='''Rome=Риме, Paris=Париже, London=Лондоне, Vienna=Вене, Lisbon=Лиссабоне,
            Athens=Афинах, Copenhagen=Копенгагене, Berlin=Берлине, Madrid=Мадриде, Oslo=Осло''',
        job='''baker=пекарь/пекарем, teacher=учитель|учительница/учителем|учительницей,
            cook=повар/поваром, farmer=фермер/фермером, doctor=врач/врачом,
            singer=певец|певица/певцом|певицей, painter=художник|художница/художником|художницей,
            gardener=садовник/садовником''',
        animal='''dog=собаку/собаке, cat=кошку/кошке, horse=лошадь/лошади, cow=корову/корове,
            rabbit=кролика/кролику, mouse=мышь/мыши, hen=курицу/курице, duck=утку/утке,
            goat=козу/козе''',
        food='bread=хлеб, cheese=сыр, soup=суп, rice=рис, fish=рыбу, meat=мясо',
        drink='tea=чай, coffee=кофе, milk=молоко, juice=сок',
        day='''Monday=понедельник/в понедельник, Tuesday=вторник/во вторник,
            Friday=пятница/в пятницу, Sunday=воскресенье/в воскресенье''',
        room='house=в доме, garden=в саду, kitchen=на кухне, park=в парке',
        text='book=книгу, letter=письмо, story=рассказ'),
    statements=(
        (_LIVES, '{n} живёт в {town_0}'), (_JOB, '{n} — {job_0}'),
        (_WORKS, '{n} работает в {town_0} {job_1}'), (_LIKES, '{n} любит {food_0}'),
        (_LIKES_NOT, '{n} не любит {food_0}'), (_EATS, '{n} каждый день ест {food_0}'),
        (_BUYS, '{n} покупает {food_0} и {drink_0}'), (_DRINKS, '{n} {day_1} пьёт {drink_0}'),
        (_KEEPS, '{n} держит дома {animal_0}'), (_IN, '{n} {room_0}'),
        (_SEES, '{n} видит {room_0} {animal_0}'), (_GIVES, '{n} даёт {animal_1} {food_0}'),
        (_READS, '{n} читает {room_0} {text_0}')),
    whole=(
        (_WHERE, 'Где живёт {n}?'), (_IS_IT, '{n} живёт в {town_0}?'),
        (_FRIENDS, '{n} и {o} — друзья|подруги.'), ('Hello, {n}!', 'Здравствуй, {n}!'),
        (_TODAY, 'Сегодня {day_0}, и {n} в {town_0}.')),
    links=(', а ', ', но '),
    names=_RUSSIAN_NAMES)

TURKISH = Language(
    tables=_tables(
        town='''Rome=Roma'da/mı, Paris=Paris'te/mi, London=Londra'da/mı, Vienna=Viyana'da/mı,
            Lisbon=Lizbon'da/mı, Athens=Atina'da/mı, Copenhagen=Kopenhag'da/mı,
            Berlin=Berlin'de/mi, Madrid=Madrid'de/mi, Oslo=Oslo'da/mı''',
        job='''baker=fırıncı, teacher=öğretmen, cook=aşçı, farmer=çiftçi, doctor=doktor,
            singer=şarkıcı, painter=ressam, gardener=bahçıvan''',
        animal='''dog=bir köpek/köpeğe, cat=bir kedi/kediye, horse=bir at/ata,
            cow=bir inek/ineğe, rabbit=bir tavşan/tavşana, mouse=bir fare/fareye,
            hen=bir tavuk/tavuğa, duck=bir ördek/ördeğe, goat=bir keçi/keçiye''',
        food='''bread=ekmek/ekmeği, cheese=peynir/peyniri, rice=pilav/pilavı, fish=balık/balığı,
            meat=et/eti''',
        drink='tea=çay, coffee=kahve, milk=süt, juice=meyve suyu',
        day='Monday=pazartesi, Tuesday=salı, Friday=cuma, Sunday=pazar',
        room='house=evde, garden=bahçede, kitchen=mutfakta, park=parkta',
        text='book=bir kitap, letter=bir mektup, story=bir hikâye'),
    statements=(
        (_LIVES, '{n} {town_0} yaşıyor'), (_JOB, '{n} bir {job_0}'),
        (_WORKS, '{n} {town_0} {job_0} olarak çalışıyor'), (_LIKES, '{n} {food_1} seviyor'),
        (_LIKES_NOT, '{n} {food_1} sevmiyor'), (_EATS, '{n} her gün {food_0} yiyor'),
        (_BUYS, '{n} {food_0} ve {drink_0} alıyor'), (_DRINKS, '{n} {day_0} günü {drink_0} içiyor'),
        (_KEEPS, '{n} evde {animal_0} besliyor'), (_IN, '{n} {room_0}'),
        (_SEES, '{n} {room_0} {animal_0} görüyor'), (_GIVES, '{n} {animal_1} {food_0} veriyor'),
        (_READS, '{n} {room_0} {text_0} okuyor')),
    whole=(
        (_WHERE, '{n} nerede yaşıyor?'), (_IS_IT, '{n} {town_0} {town_1} yaşıyor?'),
        (_FRIENDS, '{n} ve {o} arkadaş.'), ('Hello, {n}!', 'Merhaba, {n}!'),
        (_TODAY, 'Bugün {day_0} ve {n} {town_0}.')),
    links=(' ve ', ', ama '))

LANGUAGES = {'cs': CZECH, 'de': GERMAN, 'es': SPANISH, 'fi': FINNISH, 'ro': ROMANIAN,
             'ru': RUSSIAN, 'tr': TURKISH}
