/*
 * The words by which captions name the 80 categories of COCO's objects (Lin et al. 2014). The table was written for this
 * project; words are singular, and the name of a category need not be repeated.
 */

/** Words and phrases of each category, with commas between. */
export const CATEGORY_WORDS = {
  person: `
    human, human being, man, woman, boy, girl, child, kid, toddler, baby, infant, newborn, guy, gal, dude, lady, gentleman,
    male, female, adult, teen, teenager, youth, youngster, individual, somebody, someone, couple, crowd, family, mother, mom,
    father, dad, parent, son, daughter, brother, sister, sibling, grandmother, grandma, grandfather, grandpa, husband, wife,
    bride, groom, bridesmaid, friend, boyfriend, girlfriend, bystander, onlooker, spectator, audience, pedestrian, passerby,
    tourist, traveler, passenger, commuter, visitor, customer, shopper, patron, vendor, seller, salesman, cashier, owner,
    worker, employee, businessman, businesswoman, workman, fisherman, fireman, fire man, firefighter, fire fighter, policeman,
    police man, policewoman, police officer, police, cop, officer, security guard, lifeguard, life guard, soldier, sailor,
    pilot, driver, bus driver, farmer, cowboy, cow boy, cowgirl, cow girl, chef, baker, waiter, waitress, bartender, barista,
    butcher, doctor, nurse, dentist, teacher, student, schoolboy, schoolgirl, musician, singer, guitarist, drummer, dancer,
    breakdancer, cheerleader, performer, actor, artist, painter, photographer, athlete, player, ball player, teammate, batter,
    hitter, baseman, outfielder, infielder, shortstop, baseball pitcher, catcher, umpire, referee, runner, jogger, hiker,
    climber, rider, biker, bicyclist, cyclist, bike rider, motorcyclist, motorcycle rider, skater, skateboarder, skate
    boarder, skier, snowboarder, snow boarder, surfer, wind surfer, windsurfer, kite surfer, kite boarder, kiteboarder,
    wakeboarder, paddler, kayaker, canoeist, rower, swimmer, diver, wrestler, bowler, jockey, equestrian, horse rider,
    horseman, gymnast, golfer, racer, competitor, contestant, clown, monk, nun, priest, politician, protester, camper`,
  bicycle: 'bike, mountain bike, road bike, tricycle, trike, unicycle, tandem bike',
  car: `
    automobile, sedan, hatchback, coupe, suv, jeep, van, minivan, mini van, station wagon, taxi, taxi cab, taxicab, cab, limo,
    limousine, sports car, race car, racecar, police car, passenger car, passenger van`,
  motorcycle: `
    motorbike, motor bike, motor cycle, dirt bike, dirtbike, moped, scooter, motor scooter, vespa, police motorcycle,
    police bike`,
  airplane: `
    air plane, aeroplane, plane, aircraft, airliner, jet, jetliner, jumbo jet, jet plane, jet airplane, jet airliner, fighter jet, biplane,
    seaplane, sea plane, passenger plane, passenger airplane, passenger jet, passenger airliner, passenger aircraft`,
  bus: 'minibus, mini bus, double decker, double decker bus, school bus, tour bus, coach bus, passenger bus',
  train: `
    locomotive, train engine, train car, rail car, railcar, railroad car, railway car, train carriage, railway carriage,
    subway car, subway train, steam engine, passenger train, tram, monorail`,
  truck: `
    pickup, pickup truck, pick up truck, lorry, semi, semi truck, semi trailer, tractor trailer, big rig, fire truck,
    firetruck, fire engine, dump truck, tow truck, food truck`,
  boat: `
    ship, sailboat, sail boat, sailing boat, sailing ship, rowboat, row boat, speedboat, speed boat, motorboat, motor boat,
    tugboat, tug boat, houseboat, steamboat, canoe, kayak, yacht, ferry, ferry boat, barge, dinghy, catamaran, raft,
    cruise ship, double decker boat, paddle boat, lifeboat, life boat, passenger ferry, passenger boat, passenger ship, police boat`,
  'traffic light': 'traffic signal, traffic signal light, traffic lamp, stop light, stoplight, signal light',
  'fire hydrant': 'hydrant, fire plug',
  'stop sign': '',
  'parking meter': '',
  bench: '',
  bird: `
    pigeon, dove, seagull, sea gull, gull, duck, duckling, goose, gosling, swan, owl, eagle, hawk, falcon, osprey, vulture,
    parrot, parakeet, cockatoo, cockatiel, macaw, toucan, peacock, flamingo, penguin, ostrich, emu, pelican, heron, egret,
    stork, sparrow, robin, finch, crow, raven, blackbird, blue jay, bluejay, hummingbird, woodpecker, kingfisher, puffin,
    rooster, hen, waterfowl`,
  cat: 'kitten, kitty, kitty cat, feline, tabby, tabby cat, tomcat',
  dog: `
    puppy, puppy dog, pup, doggy, doggie, canine, hound, mutt, dachshund, poodle, labrador, black lab, yellow lab, retriever,
    terrier, bulldog, bull dog, pitbull, pit bull, pit bull dog, beagle, chihuahua, corgi, pug, husky, collie, sheepdog, sheep dog,
    german shepherd, german shepherd dog, dalmatian, rottweiler, spaniel, greyhound, schnauzer, pomeranian, shih tzu, police dog`,
  horse: 'pony, colt, foal, mare, stallion, racehorse, race horse, bronco, police horse',
  sheep: 'lamb, ram, ewe, longhorn sheep',
  cow: 'cattle, bull, calf, ox, heifer, bovine, longhorn, longhorn steer, longhorn cattle, longhorn bull, longhorn cow, dairy cow',
  elephant: '',
  bear: 'polar bear, brown bear, black bear, grizzly, grizzly bear, bear cub, panda, panda bear',
  zebra: '',
  giraffe: '',
  backpack: 'back pack, rucksack, knapsack, book bag, bookbag',
  umbrella: 'parasol',
  handbag: 'hand bag, purse, pocketbook, tote, tote bag, shoulder bag',
  tie: 'necktie, neck tie, bow tie, bowtie',
  suitcase: 'suit case, luggage, luggage bag, baggage, piece of luggage',
  frisbee: 'frisby, frizbee, flying disc, flying disk',
  skis: 'snow ski, water ski',
  snowboard: 'snow board',
  'sports ball': `
    ball, soccer ball, tennis ball, basket ball, volley ball, beach ball, golf ball, bowling ball, rugby ball, cricket ball`,
  kite: '',
  'baseball bat': 'bat',
  'baseball glove': 'mitt, baseball mitt, catcher mitt, catcher glove',
  skateboard: 'skate board, longboard',
  surfboard: 'surf board, boogie board, boogieboard, body board, bodyboard, paddle board, paddleboard',
  'tennis racket': 'racket, racquet, tennis racquet',
  bottle: '',
  'wine glass': `
    wineglass, glass of wine, glass of red wine, glass of white wine, champagne glass, glass of champagne, goblet`,
  cup: 'mug, teacup, tea cup, coffee cup, coffee mug',
  fork: '',
  knife: '',
  spoon: 'tablespoon, teaspoon',
  bowl: '',
  banana: 'plantain',
  apple: '',
  sandwich: 'burger, hamburger, ham burger, cheeseburger, cheese burger, panini, grilled cheese, blt, hoagie',
  orange: 'orange slice, slice of orange, piece of orange',
  broccoli: 'brocolli, brocoli',
  carrot: 'baby carrot',
  'hot dog': 'hotdog, corn dog, corndog, chili dog, chili cheese dog, frankfurter, wiener',
  pizza: 'pizza pie',
  donut: 'doughnut',
  cake: 'cupcake, cup cake, cheesecake, cheese cake, shortcake, carrot cake, apple cake, banana cake, orange cake',
  chair: 'armchair, arm chair, recliner, stool, bar stool, barstool',
  couch: 'sofa, loveseat, love seat, settee, futon, sofa bed',
  'potted plant': `
    houseplant, house plant, pot plant, potted flower, potted tree, potted palm, plant in a pot, flower pot, flowerpot,
    pot of flower`,
  bed: 'bunk, bunk bed, bunkbed',
  'dining table': 'table, dinner table, kitchen table, coffee table, picnic table, desk, tabletop, table top',
  toilet: 'commode, urinal, toilet seat, toilet bowl, toilet lid, toilet tank',
  tv: `
    television, t v, t.v., tv set, television set, tv screen, television screen, flat screen, flatscreen, flat screen tv,
    flat screen television, monitor, computer monitor, computer screen`,
  laptop:
    'lap top, laptop computer, apple laptop, macbook, apple macbook, mac book, netbook, notebook computer',
  mouse: 'computer mouse',
  remote: `
    remote control, remote controller, video controller, tv remote, television remote, wii remote, wiimote, controller, game
    controller, wii controller, video game controller`,
  keyboard: 'key board, computer keyboard, laptop keyboard',
  'cell phone':
    'cellphone, phone, cellular phone, cellular telephone, mobile phone, smartphone, smart phone, iphone, flip phone',
  microwave: 'microwave oven',
  oven: 'stove, stovetop, stove top, stove top oven, cooker, toaster oven',
  toaster: '',
  sink: 'washbasin, wash basin, basin',
  refrigerator: 'fridge, refridgerator, mini fridge, freezer, refrigerator freezer',
  book: 'novel, textbook, text book, cookbook, cook book, comic book, paperback',
  clock: '',
  vase: '',
  scissors: 'scissor, shears',
  'teddy bear': `
    teddy, teddybear, stuffed bear, toy bear, stuffed teddy bear, stuffed animal, stuffed toy, plush bear, plush toy,
    stuffed dog, stuffed cat, stuffed bunny, stuffed rabbit`,
  'hair drier': 'hair dryer, hairdryer, hairdrier, blow dryer, blow drier',
  toothbrush: 'tooth brush',
} as const satisfies Record<string, string>;

/** A category of COCO's objects. */
export type Category = keyof typeof CATEGORY_WORDS;

/** Whether a name is that of one of the 80 categories. */
export const isCategory = (name: string): name is Category => Object.hasOwn(CATEGORY_WORDS, name);

/** Categories of animals: beside them a word for a person may be the animal's age or sex. */
export const ANIMALS: readonly Category[] = [
  'bird',
  'cat',
  'dog',
  'horse',
  'sheep',
  'cow',
  'elephant',
  'bear',
  'zebra',
  'giraffe',
];
