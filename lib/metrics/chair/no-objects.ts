/**
 * Phrases in which the name of an object is about something else, with commas between; words are singular. "A train
 * station" shows no train, "a dog bed" no bed, "a pony tail" no pony.
 */
export const NO_OBJECTS = `
  couple of, family of, man made, man hole, snow man, gingerbread man, baby carriage, baby stroller, baby bottle,
  baby corn, baby food, baby seat, baby crib, baby shower, baby monitor, child seat, kid meal, lady bug, police station,
  police tape, police vehicle, family room, passenger side, passenger seat, driver seat, driver side, record player,
  dvd player, cd player, music player, girl scout cookie,

  bike rack, bike lane, bike path, bike trail, bike helmet, bicycle rack, bicycle lane, bicycle path, bicycle helmet,
  bicycle sign, motorcycle helmet, motorcycle jacket, toy car, car seat, car wash, car park, car dealership, car show,
  cable car, street car, bumper car, model car, model train, model plane, model airplane, toy train, toy plane, toy airplane,
  toy truck, toy boat, airplane hangar, plane ticket, aircraft carrier, aircraft hangar, jet ski, jet way, jet bridge,
  jet stream, jet trail, bus stop, bus station, bus lane, bus terminal, bus depot, bus shelter, bus sign, train track,
  train station, train yard, train platform, train depot, train bridge, train tunnel, train rail, train stop, train set,
  train line, train crossing, train signal, train terminal, truck stop, truck bed, semi circle, boat dock, boat house,
  boat ramp, boat launch, boat yard, boat slip, gravy boat, ship yard, space ship, ferry terminal, work bench, bench press,

  bird house, bird feeder, bird bath, bird cage, bird nest, bird seed, bird dropping, rubber duck, rubber ducky, duck tape,
  duck pond, duck lip, big bird, angry bird, cat food, cat bed, cat tree, cat toy, cat house, cat litter, cat carrier, cat tail,
  cat walk, hello kitty, dog food, dog bed, dog house, dog bowl, dog dish, dog toy, dog leash, dog collar, dog park,
  dog kennel, dog treat, dog tag, dog biscuit, dog crate, prairie dog, hot dog stand, hot dog cart, hot dog vendor,
  hot dog bun, horse trailer, horse stable, horse shoe, horse track, horse statue, horse barn, horse radish, sea horse,
  saw horse, carousel horse, rocking horse, toy horse, pony tail, sheep skin, lamb chop, lamb meat, rack of lamb, leg of lamb,
  cow bell, cow hide, cow print, cow skull, bull ring, bull horn, red bull, calf muscle, elephant ear, gummy bear,
  koala bear, bear claw, zebra crossing, zebra crosswalk, zebra stripe, zebra print, giraffe print,

  umbrella stand, black tie event, tie dye, tie dyed, zip tie, railroad tie, twist tie, luggage rack, luggage cart, luggage carousel,
  luggage carrier, luggage claim, luggage tag, baggage claim, baggage carousel, baggage cart, baggage area, ski slope,
  ski lift, ski resort, ski pole, ski boot, ski jacket, ski lodge, ski jump, ski ramp, ski hill, ski trail, ski mask,
  ski gear, ski suit, ski goggle, ski area, ski course, ski run, ski race, ski equipment, ski outfit, ski pant, ski hat,
  ski cap, ski uniform, ski patrol, ski path, ski track, ski stick, ski vest, ski glove, ski helmet, ski coat, ski park,
  skate board park, skateboard park, skateboard ramp, snowboard boot, surfboard rack, ball field, ball park, ball game,
  ball cap, ball gown, meat ball, disco ball, cotton ball, rice ball, paint ball, fruit bat, vampire bat, kite festival,

  bottle opener, bottle cap, bottle rack, cup holder, measuring cup, world cup, cup board, fork lift, fork in the road,
  bowl cut, bowl game, super bowl, knife block, knife rack, knife holder, banana bread, banana tree, banana split,
  banana leaf, banana pudding, banana plant, apple pie, apple juice, apple sauce, apple cider, apple tree, apple logo,
  apple product, apple computer, apple store, apple orchard, pine apple, big apple, orange juice, orange tree, orange soda,
  orange peel, orange sauce, sandwich shop, sandwich board, burger king, sandwich maker, pizza oven, pizza box, pizza cutter, pizza pan,
  pizza place, pizza shop, pizza restaurant, pizza hut, pizza parlor, pizza stone, pizza dough, pizza sauce, pizza sign,
  donut shop, doughnut shop, donut store, cake stand, cake pan, cake mix, cake plate, cake batter, crab cake, rice cake,
  fish cake, pan cake, urinal cake,

  chair lift, wheel chair, toad stool, foot stool, step stool, flower bed, river bed, garden bed, bed room, bed spread,
  bed sheet, bed side, bed frame, bed of, bed and breakfast, table cloth, table tennis, table lamp, table runner,
  table setting, table mat, pool table, air hockey table, ping pong table, changing table, turn table, desk lamp, desk light,
  front desk, reception desk, toilet paper, toilet brush, toilet roll, toilet tissue, toilet stall, toilet plunger,
  toilet room, toilet sign, tv stand, tv show, tv station, tv cabinet, tv antenna, tv tower, television stand,
  television show, television station, television cabinet, television program, television studio, laptop bag, laptop case,
  mickey mouse, minnie mouse, mouse pad, mouse trap, remote area, remote location, remote beach, remote field, remote road,
  remote island, remote village, remote control car, remote control plane, remote control airplane, remote control helicopter,
  remote controlled, piano keyboard, music keyboard, musical keyboard, keyboard player, keyboard instrument, phone booth,
  phone pole, phone line, pay phone, phone book, phone number, phone charger, phone case, phone box, cell phone tower,
  head phone, oven mitt, oven glove, oven rack, stove hood, sink hole, book shelf, book case, book end, book mark,
  book store, book shop, book stand, book rack, note book, face book, coloring book, toothbrush holder, tooth brush holder`;
