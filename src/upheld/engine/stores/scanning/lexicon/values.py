"""Words that values consist of become what a column holds, where its name says nothing: likely at most.

Common names of people, words of addresses and firms, and closed lists (gender, marital state, religion), in the six languages of
`who`. A list of names favours the languages it is written in; it is asked only whether *some* values of a column are in it.
"""

from __future__ import annotations

import unicodedata
from functools import cache

GIVEN = """
james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick jack
dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle walter ethan jeremy harold keith christian roger noah gerald carl terry sean austin arthur lawrence jesse dylan bryan joe jordan billy bruce albert willie gabriel logan alan juan wayne roy ralph randy eugene vincent russell elijah louis bobby philip johnny stuart graham
nigel simon martin ian colin neil gareth craig leon lewis liam oliver harry callum connor mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda
pamela emma nicole helen samantha katherine christine debra rachel carolyn janet catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice jean abigail alice julia judy sophia grace denise amber
doris marilyn danielle beverly isabella theresa diana natalie brittany charlotte marie kayla alexis lori tracy gemma hayley leanne kerry gillian hilary lesley jill paula wendy lynn clare claire chloe zoe lucy ellie
hans peter klaus wolfgang juergen jurgen dieter manfred uwe guenter gunter horst bernd heinz werner rainer gerhard helmut frank ralf joachim heinrich karl kurt walter stefan andreas markus thomas sebastian tobias florian matthias christoph jan lukas felix maximilian philipp jonas niklas moritz sven torsten thorsten ulrich dirk joerg jorg olaf
holger volker axel bernhard friedrich hermann otto ernst willi rolf siegfried ursula karin helga sabine ingrid renate monika petra gisela susanne elke andrea christa brigitte claudia birgit heike angelika gerda anja silke katrin kathrin nicole stefanie anke ute martina kerstin manuela tanja sonja katharina johanna lena leonie lea hanna franziska
svenja annika antje gabriele hildegard irmgard edith erika elfriede waltraud hannelore margarete heidi inge roswitha bettina daniela melanie simone tatjana galina olga swetlana marianne rosemarie jutta
jan pieter piet kees cornelis johannes hendrik henk willem wim gerrit jacob jaap dirk maarten bas bart thijs sander jeroen wouter ruud joost niels daan sem lars bram tim tom luuk stijn thomas jesse milan rick rik koen marco marcel erik eric rob robert john ronald hans peter paul joris gijs teun sven ruben max finn mees thijmen noud sophie sanne emma julia
anouk lotte fleur femke iris anne eva lisa maud roos isa lieke noa tess jasmijn johanna maria anna cornelia elisabeth wilhelmina hendrika marieke marloes ingrid monique esther petra saskia linda karin mirjam mieke ria truus greet tineke ilse nienke britt myrthe naomi amber feline fenna milou vera yara sara luna jayden quinten levi
jean pierre michel andre philippe alain bernard jacques daniel claude rene roger gerard marcel francois patrick christian robert louis henri georges nicolas thierry olivier laurent julien frederic sebastien david stephane pascal eric antoine alexandre guillaume christophe benoit vincent emmanuel gilles franck denis dominique xavier theodore hugues
luc marc mathieu matthieu maxime thibault thibaut lucas hugo theo enzo arthur gabriel raphael tristan augustin etienne guy yves joseph adrien timothee honore roland margaux marie jeanne francoise monique catherine nathalie isabelle jacqueline anne sylvie martine madeleine nicole suzanne helene christine marguerite denise louise christiane valerie
sophie sandrine stephanie veronique celine aurelie julie camille virginie lucie chantal brigitte simone claire juliette corinne elisabeth margot josephine lea manon chloe emma ines agathe agnes alix anais andree astrid aurore bernadette caroline cecile constance corinne danielle diane dorothee edith eleonore elise emilie eugenie gabrielle genevieve
henriette jeannine laetitia laure maryse matilde michelle noemi odette olivia oceane patricia pauline paulette penelope renee roselyne susan susanne therese tiphaine victoire yvette zacharie zoe
giuseppe giovanni antonio mario luigi francesco angelo vincenzo pietro salvatore carlo franco domenico bruno paolo michele giorgio aldo sergio luciano marco alessandro andrea stefano roberto matteo lorenzo davide luca simone federico riccardo fabio daniele gabriele leonardo tommaso enrico massimo claudio maurizio alberto giacomo filippo edoardo
nicola raffaele emanuele gianluca renato silvio ugo umberto dante benito bettino fredo gino giulio goffredo graziano guido jacopo lucio marcello nino osvaldo pasquale piero pierluigi rocco romeo sandro torquato ubaldo uberto vito maria anna giuseppina rosa angela giovanna teresa lucia carmela caterina francesca antonietta carla elena concetta rita
margherita franca paola laura giulia chiara sara martina valentina alessia silvia elisa federica ilaria alice sofia aurora ginevra beatrice greta giorgia camilla bianca patrizia daniela barbara stefania simonetta antonella cristina roberta monica raffaella donatella fiamma ornella loretta gemma gianna livia ludovica marcella melania mirella nina
olga patrizia pina rosina serafina stella susanna vanessa veronica virginia viola zaira adriana amalia annunziata antonina benedetta bettina
antonio jose manuel francisco juan david javier daniel carlos jesus alejandro miguel rafael pedro pablo angel sergio fernando jorge luis alberto alvaro adrian diego raul ivan ruben enrique oscar ramon vicente andres joaquin santiago eduardo victor mario roberto jaime ignacio marcos hugo martin lucas mateo leo nicolas gonzalo guillermo felipe
agustin domingo emilio esteban gregorio julian lorenzo mariano mauricio nacho octavio pascual patricio rodolfo rodrigo salvador saturnino tomas ulises valentin amador anselmo apolinar arsenio aurelio basilio baltasar bautista bernardo candelario ciriaco cristobal eladio eligio eloy eustaquio fabio fidel florencio fulgencio gaspar
maria carmen ana isabel dolores pilar josefa teresa rosa cristina francisca laura antonia marta mercedes elena lucia paula rosario raquel beatriz sara rocio nuria sandra silvia patricia montserrat encarnacion monica andrea alba claudia irene julia sofia valeria martina daniela carla noelia lourdes lorena inmaculada consuelo concepcion esperanza
amparo angela gloria margarita manuela eva susana yolanda sonia natalia miriam ines leticia alicia veronica ainhoa aurora blanca celia clara emilia esther eugenia fatima gema graciela juana juanita luisa magdalena marina nieves olga paloma perla reyes soledad trinidad violeta vanesa
mohamed mohammed ahmed ali fatima hassan omar mehmet mustafa ayse fatma emine yusuf ibrahim aleksander piotr krzysztof agnieszka katarzyna ewa elif""".split()

SURNAMES = """
smith jones taylor brown williams wilson johnson davies robinson wright thompson evans walker white roberts green hall wood jackson clarke clark harris lewis martin cooper king ward turner hill moore baker morris cook carter anderson harrison edwards collins bell parker mitchell davis miller garcia rodriguez martinez hernandez lopez gonzalez perez
thomas moore lee sanchez ramirez torres nguyen scott adams nelson rivera campbell gomez phillips diaz cruz reyes stewart morales murphy gutierrez ortiz morgan peterson bailey reed kelly howard ramos kim cox richardson watson brooks chavez bennett gray mendoza ruiz hughes price alvarez castillo sanders patel myers long ross foster jimenez powell jenkins
hunt barnes knight webb palmer chapman khan ali hussain ahmed begum shah simpson marshall murray ellis shaw graham fletcher gibson mills hamilton stevens
mueller muller schmidt schneider fischer weber meyer wagner becker schulz hoffmann schaefer schafer koch bauer richter klein wolf schroeder schroder neumann schwarz zimmermann braun krueger kruger hofmann hartmann lange schmitt werner schmitz krause meier lehmann schmid schulze maier koehler kohler herrmann koenig konig walter mayer huber kaiser
fuchs peters lang scholz moeller moller weiss jung hahn schubert vogel friedrich keller guenther gunther frank berger winkler roth beck lorenz baumann franke albrecht schuster simon ludwig boehm bohm winter kraus martin schumacher kraemer kramer vogt stein jaeger jager otto sommer gross seidel heinrich brandt haas schreiber graf schulte dietrich ziegler kuhn
jong jansen vries berg bakker dijk visser janssen smit meijer boer mulder groot bos vos peters hendriks leeuwen dekker brouwer wit dijkstra smits graaf meer linden kok jacobs haan vermeulen heuvel veen broek bruijn bruin schouten beek willems vliet ven hoekstra maas verhoeven koster dam wal prins blom huisman peeters jonge kuipers veenstra
post kuiper gerritsen molen martens vink sanders kramer scholten postma heijden loon pol rooij ridder
martin bernard dubois thomas robert richard petit durand leroy moreau simon laurent lefebvre michel garcia david bertrand roux vincent fournier morel girard andre lefevre mercier dupont lambert bonnet francois martinez legrand garnier faure rousseau blanc guerin muller henry roussel nicolas perrin morin mathieu clement gauthier dumont lopez fontaine chevalier
robin masson sanchez gerard nguyen boyer denis lemaire duval joly gautier roger roche roy noel meyer lucas meunier jean perez marchand dufour blanchard marie barbier brun dumas brunet schmitt leroux colas fernandez renard arnaud rolland caron aubert giraud leclerc vidal bourgeois renaud lemoine picard gaillard philippe leclercq lacroix fabre dupuis
rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti luca mancini costa giordano rizzo lombardi moretti barbieri fontana santoro mariani rinaldi caruso ferrara galli martini leone longo gentile martinelli vitale lombardo serra coppola santis marchetti parisi villa conte ferraro ferri fabbri bianco marini grasso valentini
messina sala angelis gatti pellegrini palumbo sanna farina rizzi monti cattaneo morelli amato silvestri mazza testa grassi pellegrino carbone giuliani benedetti barone palmieri bernardi martino fiore ferretti caputo rossetti donati basile montanari neri guerra piras giorgi battaglia ruggiero
garcia fernandez gonzalez rodriguez lopez martinez sanchez perez martin gomez ruiz hernandez jimenez diaz moreno alvarez munoz romero alonso gutierrez navarro torres dominguez vazquez ramos gil ramirez serrano blanco suarez molina morales ortega delgado castro ortiz rubio marin sanz nunez iglesias medina garrido santos castillo cortes lozano guerrero cano
prieto mendez calvo cruz gallego vidal leon herrera marquez pena cabrera flores campos vega diez fuentes carrasco caballero nieto reyes aguilar pascual herrero santana lorenzo hidalgo montero ibanez gimenez ferrer duran vicente benitez mora arias vargas carmona crespo roman pastor soto saez velasco soler moya esteban parra bravo gallardo rojas""".split()

# Titles before a name prove nothing, but say that a person follows.
TITLES = frozenset("mr mrs ms miss dr drs prof ing dipl med herr frau hr fr mme mlle madame monsieur m sig sigra dott dottssa avv dona don sr sra srta dhr mw mevr mevrouw heer ir mr mag univ".split())  # fmt: skip
PARTICLES = frozenset("van de der den von zu zur del della di da la le du des ten ter el los las y e do dos san".split())
FIRMS = frozenset("gmbh ag kg ohg gbr mbh ltd plc inc llc llp corp co group sons bv nv vof cv srl spa snc sas sarl sa eurl sl slu sll cb scoop scp coop societa societe stiftung verein eg ug kgaa bvba fils et associes holding partners sapa".split())  # fmt: skip
STREETS = (
    "strasse str weg platz allee gasse ring ufer damm straat laan plein steeg kade gracht singel dreef dijk pad hof street road avenue lane drive close court way place terrace crescent boulevard square parkway highway rue chemin impasse quai cours allee via viale piazza corso vicolo strada largo borgo contrada rotonda incrocio canale calle avenida plaza paseo camino ronda carretera urbanizacion glorieta pasadizo cuesta callejon rambla acceso alameda pasaje vial via canada "
    "st rd ave ln dr ct blvd sq"
).split()
CLOSED = {
    "gender": """m f w h v x d o u male female other nonbinary unknown men women man woman herr frau firma divers dhr mevr mw mevrouw heer mr mrs ms miss mx dr m. mme mlle monsieur madame mademoiselle sig sig.ra sig.na signor signora sr sra srta don dona hombre mujer masculino femenino homme femme masculin feminin
        maschio femmina uomo donna maennlich mannlich weiblich man vrouw mannelijk vrouwelijk non-binary nonbinaire nobinario onbekend anders nd k.a. divers j girl boy jongen meisje fille garcon declined 1 2 9 0 mann nonbinario prefernottosay pnts altro autre otro weibl mannl masc fem masch femm she he they hij zij hen er sie elle iel lui lei ella el heer/mevrouw""",
    "health": """diabetes asthma hypertension depression anxiety cancer arthritis migraine epilepsy allergy allergies penicillin latex pollen gluten lactose nuts peanuts none asthme hypertonie bluthochdruck krebs migrane rheuma epilepsie depressionen burnout herz keine penizillin laktose pollenallergie nusse
        diabete ipertensione asma cancro depressione emicrania epilessia lattosio glutine polline penicillina nessuna nessuno cardiopatia hipertension cancer depresion migrana alergia polen penicilina gluten lactosa ninguna ninguno cardiopatia embarazo hoofdpijn kanker hartfalen copd reuma epilepsie astma noten melk gluten geen hooikoorts
        arachides cancer fruits-de-mer lactose aucune aucun migraine hypothyreose dialyse demenz dementia dementie demence alzheimer parkinson stroke schlaganfall ictus beroerte ms hiv aids hepatitis adhs adhd dyslexia legasthenie dyslexie dislessia dislexia autism autisme autismo autismus wheelchair rollstuhl vegetarian vegan halal kosher vegetarisch veganistisch vegetariano vegano vegetarien vegetalien""",
    "marital-status": """single married divorced widowed separated cohabiting civilpartnership ledig verheiratet verh geschieden gesch verwitwet verw led getrennt lebend partnerschaft eingetragen gehuwd ongehuwd gescheiden weduwe weduwnaar weduwnaar samenwonend alleenstaand partnerschap celibataire marie mariee divorce divorcee veuf veuve pacse pacsee separe separee union libre concubinage
        celibe nubile coniugato coniugata divorziato divorziata vedovo vedova separato separata convivente soltero soltera casado casada divorciado divorciada viudo viuda separado parejadehecho""",
    "religion": """rk ev kath evangelisch katholisch roemisch muslim islam islamisch jued juedisch orthodox protestant catholic catholique catholiqueromaine cattolico cattolica catolico catolica musulman musulmano judio ebreo hindu buddhist christian jewish sikh atheist agnostic protestants katholiek hervormd gereformeerd islamitisch joods protestante bouddhiste juif evangelico evangelica""",
    "blood-type": "a+ a- b+ b- ab+ ab- o+ o- 0+ 0- apos aneg bpos bneg abpos abneg opos oneg arh+ 0rh+ brh+ arh- brh- 0rh- abrh+ abrh-",
    "nationality": """deutsch tuerkisch polnisch italienisch german british french dutch american irish polish nederlandse nederlands duitse duits turkse marokkaanse poolse belgische belg francaise francais italienne espagnole portugaise algerienne marocaine belge italiana italiano rumena marocchina albanese cinese indiana ucraina tedesca
        espanola marroqui rumana colombiana francesa italiana ecuatoriana venezolana argentina peruana syrisch rumaenisch syrische oesterreichisch spanish indian""",
    "trade-union-membership": "ccoo ugt csif usoc cgt cfdt fo cgc cftc cgil cisl uil ugl dgb igmetall verdi igbce gew fnv cnv vcp unison unite gmb",
    "political-opinion": "cdu csu spd gruene fdp afd linke labour conservative libdem green snp vvd pvda d66 cda groenlinks pvv psoe pp vox podemos sumar pd fdi lega m5s fi lr ps lfi rn eelv republican democrat",
}  # fmt: skip
COUNTRIES = frozenset("""germany deutschland allemagne germania alemania duitsland france frankreich francia frankrijk italy italia italien italie spain espana spanien spagna espagne spanje netherlands nederland niederlande pays-bas paesi bassi belgium belgie belgique belgien belgio belgica austria osterreich oostenrijk autriche switzerland
    schweiz suisse svizzera suiza zwitserland portugal portogallo poland polen pologne polonia turkey turkei turquie turchia turkije morocco maroc marokko marruecos romania rumanien roumanie rumania uk usa england ireland irland united luxembourg luxemburg mexico argentina colombia peru chile brazil algerie tunisie canada""".split())  # fmt: skip


def fold(text: str) -> str:
    """Small letters without accents; `ß` is `ss`, `ä` is `a`."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


@cache
def names() -> frozenset[str]:
    """Common given names and surnames, folded."""
    return frozenset(GIVEN) | frozenset(SURNAMES)


@cache
def closed(kind: str) -> frozenset[str]:
    """The folded words of a closed list, without spaces."""
    return frozenset(CLOSED[kind].split())
