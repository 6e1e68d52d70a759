"""Words that columns are named with become kinds of data: who somebody is, how to reach them, what they hold.

A word: `plz` the whole token, `gebdat*` its beginning, `*strasse` its end, `*email*` anywhere; `~` before a word that says
little alone. Tokens are compared in small letters without accents, alone and joined with their neighbours. Whatever is found
here makes a column likely at most, and only where its values fit (`profile.FITS`). English, German, Dutch, French, Italian, Spanish.
"""

from __future__ import annotations

from collections.abc import Mapping

# kind → (leaf, what the values must look like, words)
KINDS: Mapping[str, tuple[str, str, str]] = {
    "email": ("email-address", "email", """
        *email* email mail *mail mail* mailadres* courriel* mel couriel correo* *correo pec postaelettronica emailadres* eml ~adresse
        ~indirizzo ~contact ~kontakt ~login ~user ~utente ~usuario ~recapito"""),
    "phone": ("telephone-number", "phone", """
        tel tel* *tel *telefon* *telefoon* *telephone* *phone* phone* phn fon *fon ruf rufnr* rufnummer* mobil* mob mobiel* handy* *handy
        cell cellulare* *cellulare cellphone* gsm* movil* *movil portable* telport* portnr fax* *fax telefax* tlf* tfno* tfn tlfno* fijo fixe
        whatsapp* msisdn* durchwahl* dw ext extension extn toestel* doorkies* interno nebenstelle* callback* terugbel* rueckruf* rappel*
        anrufer* caller* beller* appelant* chiamante* landline* vaste festnetz* anum bnum sim ~recapito ~contact* ~kontakt* ~notfall*
        ~emerg* ~urgenc* ~urgenz* ~nood* ice nummer06 sms* numtel* notel* nrtel* telnr* telefax* mov tmov
        telhm telwk telmob* telpriv* telpro* tfnomov* numcel* nrcel* celular*"""),
    "birth": ("birth-date", "birth", """
        geb gebdat* gebd gebdt* geburt* *geburtsdatum *geburtstag gebtag* gebjahr* gebjaar* geboren* *geboren geboort* *geboortedatum gebdatum*
        dob *dob dateofbirth* *birth* birth* born* bday bdate bdt yob yearofbirth naiss* *naissance* *naiss ddn dtnaiss* datenais* ne nele
        annaiss* nacim* *nacimiento* *nac fnac* fecnac* fechanac* nacido* nasc* *nascita* dtnasc* datanasc* datan nato natoil nata natail
        compleanno* cumple* anniversaire* verjaardag* jahrgang* dtn fdn fn fenac fecnacim* dnasc dtnas dnais* ddnais* annonasc* anonac* dn
        gb gbdat* *gebdat anniv* gebu nacto* fnacto* neele"""),
    "birth place": ("birth-place", "birthplace", """
        birthplace* placeofbirth* birthcity* pob geburtsort* gebort* geboorteplaats* gebplaats* geboortepl* lieunais* lieudenais* luogonasc*
        luogodinasc* lugarnac* villenais* comunenasc* cittanasc* *birthplace lnaiss* lugnac* plaatsgeboorte communenais*
        gbort* gebu* natoa nataa *birthtown placebirth lugarnacim* poblnac* munnac* provnac* comnas* provnas* dptnais* dptnai deptnais* cpnais* natain localidadnac* ortgeb* nacto* lnacto* nea neea luogon luogodin* lieun* placeb* geburtsst* dptnai*
        gebpl* gebin geborenin* natoin lnac lnasc lnais neea* placeofb* ptbirth* paisnatal* ciudadnac* loknais* gebstad* gebstadt* villen* villenai*"""),
    "birth country": ("birth-country", "words", "birthcountry* countryofbirth* geburtsland* gebland* geboorteland* paysnais* paysdenais* paesenasc* paisnac* nazionenasc* statonasc* gblnd* gebnat* cobirth* geblnd* geblan* paisnacim* paysn*"),
    "age range": ("age-range", "bands", "age* altersgr* alterskl* *alter trancheage* fasciaeta* leeftijdsc* leeftijdsg* grupoedad* rangoedad* tramoedad* classeage* agegroup* ageband* agerange* etafasc* fasciae* fasciadieta* edadtr* rangoed* leeftijdsk* agebr* agegr*"),
    "age": ("age", "age", "age alter lebensalter leeftijd eta edad aetas"),
    "gender": ("gender", "gender", """
        gender* sex *sex sexo* sexe* sesso* geschl* geschlecht* gesl gesl* geslacht* genero* genre gend gdr civilite* civ anrede* anr aanhef*
        salut* mwdhr tratamiento* trattamento* titolo title titre titel tratto appellativo aanspreek* geschlkz sexe
        gesch gesch1 pronoun* pronom* voornaamw* sekse* genderid* generoid* identgen* identidadgen* anred anredekz vvn civi
        ismale* isfemale* maennlich* weiblich* mannelijk* vrouwelijk* sx sxo sxe gndr gschl gschlcht mf mv sexcd sexcode* sexocod* ses salutation* anrd"""),
    "title": ("name", "titles", "title* *title titel* *titel titre* titolo* titulo* akadtitel* akad* acadtitle* academictitle* namenszusatz* tratam* honorific* prefix namensprefix suffix namzus* voorvoeg* vorsatz* particul* namenszus* namesuffix tussen tussenv tussv* tussenvg* voorv"),
    "given name": ("name", "name", """
        vorname* vorn vornam* vn rufname* firstname* first fname *fname givenname* given forename* middlename* middle mname minit initial* init
        prenom* *prenom pren voornaam* *voornaam vnaam vnm roepnaam* voorl voorl* voorletters* vl vrlt voornm nombrepila nomepropri*
        forenames* prenoms* vorna voorna rufnm pnom pnm nombrepropio
        midnm* fnm mnm inits* initls* initialen* inizial* inicial* vltr vltrs voorltr* prnm prenm* midname* 2ndname* secondnome* nm2 vornm"""),
    "family name": ("name", "name", """
        nachname* nachn nn zuname* familienname* famname* geburtsname* gebname* lastname* last lname *lname surname* sname familyname* maiden*
        maidenname* cognome* *cognome cogn apellid* apell* apel ape apes ape1 ape2 ap1 ap2 achternaam* *achternaam achtern* anaam anm meisjesn* geboortenaam*
        tussenv* tussenvoegsel tv tsv nomfam* nomdefam* nomnaiss* nomjf nomjeunefille patronym*
        nachna lname2 cogn1 nomusuel* nomusage* primerap* segundoap* nachn1 surnames* familyn* apellidos* geslachtsn*
        cgn cgnm* gebn gebnm gebnam* geburtsn* gebnm* nomnais* nomjf* nomdenais* nomdejeunef* snm lnm achternm* nachnm* birthname* geborene* nomdonaiss* cognomenasc*"""),
    "full name": ("name", "words", "fullname* *fullname legalname* nomprenom* nometprenom* nombreapell* nombrecompl* nomcomplet* nomecompl* cognomenome* nomecognome* vollername* vollername volledigenaam* vornachn* voornaamachter* achternaamvoor* displayname* nomcog* cognnom* nompre* naamvoll* namvor* volln* nombreyap*"),
    "name": ("name", "name", """
        name *name nm *nm nam nom *nom noms nombre *nombre nombres nombreapell* nomape* nome *nome naam *naam nomi fullname* displayname* legalname*
        badgename* preferredname* knownas nomprenom* nomusage* nomecognome* cognomenome* nominativo* suchname* bez bez1 name1 name2 nom1 kundenname*
        ragsoc denominazione denom anagrafica"""),
    "role": ("name", "person", """
        contact* *contact kontakt* ansprechp* contactpers* persona person* referent* respons* resp titulaire* titular* usufruct* signator* remitent* expediteur* expedit* emisor* rotulo interloc* intervien* asistent* assistent* assistant* helfer* freiw* volunteer* vrijwill* benevole* voluntari* volontar* sponsor* mecen* patron* padrin* madrin* peten* marraine* parrain* intestatar* titolare* inhaber*
        *inhaber holder* *holder cardholder* *houder houder* owner* *owner propriet* propietar* eigent* eigenaar* bewoner* huurder* locataire*
        inquilin* mieter* tenant* arrendat* affittuar* bewohner* vermieter* bailleur* resident* emerg* notfall* urgenc* urgenz* arzt* *arzt
        medecin* medic medico* dottor* docteur* doctor* doc huisarts* *arts behandel* veterinar* physician* therapist* dentist* tandarts* teacher*
        lehrer* *lehrer leraar* docent* professeur* prof profesor* professor* insegnante* maestr* monitor* trainer* coach* entraineur* allenatore* entrenador* tutor* *tutor
        mentor* employee* mitarbeit* ma medewerk* employe* emplead* dipendent* agent* agente* seller* verkaeufer* verkoper* vendeur* vendedor*
        venditore* comercial* driver* *driver fahrer* chauffeur* bestuurder* conducteur* conductor* autista* author* autor* auteur* autore* schrijver* verfasser*
        spouse* gatte* *gatte ehegatt* ehepartner* partner* *partner conjoint* conyuge* coniuge* echtgeno* parent* padre* madre* pere mere vater* mutter* vader*
        moeder* tutore* tuteur* voogd* guardian* vormund* eltern* erzieh* ouder* child* enfant* hijo* figlio* kind kinder guest* gast* huesped* ospite*
        passagier* passager* pasajer* passegger* passenger* recipient* empfaenger* empf destinat* ontvanger* ontv beneficiar* beguenst* begunst*
        beneficiaire* witness* zeuge* getuige* temoin* testig* testimon* lawyer* anwalt* avocat* avvocat* abogad* advocaat* notar* judge* richter*
        juge* juez giudice* rechter* patient* paciente* paziente* client* klant* kunde* cliente* customer* sachb* bearbeit* monteur* technic* tecnic*
        techniker* mechanic* evaluad* reviewer* interview* pruefer* examin* unterz* ondertek* signatair* firmant* firmatari* signer* signed* buyer* kaeufer* koper* acheteur* comprador*
        acquirent* donor* spender* donateur* donant* donator* candidat* kandidat* voter* member* mitglied* lid membre* socio socia student* schueler*
        leerling* eleve* alumn* alunn* studente* melder* reporter* meldender anzeig* denunciant* reclam* klager* beschwerdef* kommissar* inspect* inspekt* supervis*
        jefe* chef* leiter* leitung leidster* leider* leiding capo* manager* superior* vorgesetz* verantw* betreuer* begeleid* berater* adviseur* adviser* advisor*
        conseiller* asesor* consulent* consulente* buergen* buerge garant* borg* caution* avalist* fideiussor* erbe* heir* heritier* hered* erede* eredi erfgen*
        opgehaald* abholer* abgeholt* getekend* gesproken* erfasst* erstellt* operator* operador* oper operat* operai* worker* arbeit* ouvrier* obrer* kassier* caissier* cajer*
        nurse* pfleg* verpleeg* infirm* enfermer* infermier* surgeon* chirurg* midwife* hebamme* player* spieler* speler* joueur* jugador* giocator* referee* artist*
        landlord* counsel* advocate* curator* kurator* bewind* mandatar* vertreter* vertegenw* represent* rappresent* deputy* delegat* delegue* gegner* tegenpart* contraparte* controparte*
        partieadverse bezoeker* besucher* visiteur* visitant* visitatore* visitor* winner* gewinner* winnaar* gagnant* ganador* vincit* scorer* librarian* accompan* begleit*
        nego negociat* onderhandel* mediat* lender* borrower* leser* lezer* lecteur* lector* lettore* subscriber* abonn* abonat* abbonat* nachbar* kontoinh* karteninh* accountholder* rekeninghoud*
        par por da wer who qui quien chi editor* *editor redakt* redact* attn zhd tav alattention aufmerksamkeit payee payer zahler* betaler* payeur* pagador* pagatore* sender* absender* afzender* expedit* remit* mittente* by door von per
        deces* verstorb* overled* difunt* defunt* tutelle* naaste* angehoer* famil* familiar* familiare* sostituto* ersatz* vervang* remplac* supplente* sustitut*
        capitan* kapitaen* kapitein* pilot* pilote* piloto* dirigent* president* voorzitter* vorsitz* tesorer* kassenwart* penningm* secretar* sekretaer*
        prescri* provider* verordn* einweis* anordn* infractor* contraven* denunciad* gp facultat* carer* marker* nok nextofkin* kin attorney* proxy beneficiario* tnv interpret* tolk* dolmetsch* traduct* prete* imam* sachbearb* zust* dossierbeh* casework* facharzt* koinh* verantwortl*"""),
    "street": ("physical-address", "address", """
        street* *street str strasse* *strasse *str straat* *straat rue voie libvoie via calle vialidad address* *address addr* *addr adr adr1 adr2 adress* *adresse* adres* *adres indirizzo* *indirizzo
        indir ind dir direcc* direccion* *direccion anschrift* *anschrift wohnsitz* wohnung* domicil* *domicil domic dom residenz* residence* residencia* hausnr* hnr hausnummer*
        huisnr* huisnummer* housen* housename* buildingn* numrue numvoie nvoie civico* numciv* numerocivico ~num ~nro portal piso puerta escalera esc planta apartment* apt appt appart* unit floor etage stock
        suite scala complement* compladr* cmpl adrzusatz* adresszus* zusatz zus toevoeg* toev huislt bus line1 line2 line3 addressline* lieferadr* ~lieferanschrift* rechnungsadr* ~ship* ~bill* ~liv
        ~livraison* afleveradr* ~spediz* thuisadres* woonadres* homeaddr* streetaddr* postadr* mailingaddr* postbus* pobox postfach* apartado bp hometown* calleynum*
        ~from ~to ~van ~naar ~desde ~hasta ~pickup* ~dropoff* ~ophaal* ~abhol* ~ziel* ~start* ~eind* ~destin* lieudit adresa wohnadr*
        stras stras* hsnmr* hsnr* civ numvia* nrvia tipovia* tipvia* callejero* pisopta* escpiso* housenr* houseno* streetno* streetnum* domicilia* perstraat"""),
    "town": ("physical-address", "town", """
        lieu* luogo* lugar* standplaats* city* *city town* *town ville* *ville localit* *localite commune* comune* *comune citta* *citta ciudad* *ciudad poblac* pobl municip* *municipio stad stadt* *stadt plaats *plaats plts woonpl* woonplaats*
        ort *ort wohnort* gemeinde* gemeente* loc prov provincia* *provincia provinc* county* state* *state land *land country* *country pays* *pays paese* *paese pais *pais region* *region
        bundesland* kanton* departement* dept dep depart district* bezirk* quartier* wijk* buurt barrio* frazione* localidad* postort* village* dorf* suburb* stato *stato nazione*
        ort1 ort01 wpl wpls comres* provres* resid* villeres* cpville* plzort* capcitta* pcplaats* postort cpoblac* land1 lnd ldr nat2res domiciled* landcode* landkz* countrycode* paiscod* codpais codpaese codepays localid* localid vil vill ldad
        wnpl* wnplt* ortst* ortsteil* stadtteil* ortsname* twn ctry cntry ciud"""),
    "postcode": ("physical-address", "postcode", """
        plz* *plz postleitzahl* postc postc* postcode* *postcode pc *pc postal* postalcode* zip* *zip cp *cp cap *cap codpost* codepost* codicepost* codigopost* cpostal* pcode pstcd pkode postnr* codp
        pstlz* pstl* cpost* codpos* cdpost* cdpostal* postkode* pcod* pcode* *pcode plz1 postalz*"""),
    "username": ("username", "username", """
        username* *username user *user ~user* usr *usr usrname* usern* login* *login loginname* logon* benutzer* *benutzername nutzer* nutzername* kennung* *kennung bkennung gebruiker* gebruikersn* inlog* inlognaam* identifiant* ident
        pseudo* pseudonym* utilisateur* util *util usuario* *usuario usu nick* *nick nickname* handle* konto_name kontoname nomcompte* nombrecuenta* nomeaccount* perfil profilnam* *handle alias* screen* screenname* utente* *utente gamertag* ldap* upn samaccount* sso* netid* usercode* codutente* codusu* coduser* uid userid* kurzzeichen* accountnaam* nomeutente* nomutil* account accountname* acct profilname* spitzname* bijnaam* surnom* soprannome* apodo* mote
        author* autor* auteur* autore* poster* who wer qui quien chi actor *actor editor* *editor redakt* redact* par por da modificatoda* cambiadopor* gemaaktdoor* createdby* updatedby* modifiedby* *by erfasser* sachb* angelegtvon aangemaakt* gewijzigd* creepar* creadopor* modifpor creatoda operatore* operateur* operador* oper agent* sb kuerzel* paraaf*
        ernam* aenam* bname usnam* schermn* schermnaam* utenza* loginid* signin* createduser* benutz* usercd* userlogin* gebrnaam* gebrn* gebruikernm*
        utweb* utenteweb* userweb* usuweb* usrnm* usernm* benutzernm* loginnm*"""),
    "password": ("password", "secret", """
        pass passw* pw *pw pwd *pwd psw pwhash* passwd* passwort* *passwort kennwort* kw wachtw* *wachtwoord ww *ww motdepasse* mdp *mdp mpasse contrasen* contras* clave *clave claveacc* clavehash pswd parola* parolachiave pwhash* *passhash remembertoken* rememberme* verificationtoken* activation* magiclink* tokenreset* tokenacces* tokenrec* apitoken* resettoken* accesstoken* authtoken* refreshtoken* totp* mfasecret* 2fa* otpsecret* recoverycode* backupcode* apikey* accesscode* zugangscode* toegangscode* codeacces* codigoacceso* codiceaccesso* wifikey* wlanschl*
        *pwhash salt* secret* pwsalt passphrase* geheim* authkey* credential*
        pwd* passh* passphr* pwsalted* kennw* claveusu* contrase* zugangsw* toegangsc* *passwd mdpchiff* otp otpsec* mfasec* privkey* wiederherst*"""),
    "pin": ("pin-code", "pin", "pin *pin pincode* pincd pinc pinnr geheimzahl* codepin* codigopin* codicepin* pinhash puk nip codesecret* codsecret* geheimcode* codigosecr* codicesegr* clavecajero* telepin* kartenpin* telefonpin* passcode* toegangscode* pincodes tpin mpin codsegr* codseg alarmcode* alarmpin* alarmkode* codealarm* codallarm* codiceallarm* codalarma* doorcode* deurcode* tuercode* codeporte* codiceporta* lockercode* kluiscode* tankpin* smartpin* userpin* voicepin* geheimnr* geheimnum* codesecr*"),
    "secret": ("secret-text", "text", """
        mothersmaiden* mothermaiden* secretans* secretq* securityans* securityq* sicherheitsfr* sicherheitsant* geheimfrage* geheimantw* geheimevraag* beveiligingsvr* veiligheidsv* controlevraag* questionsecr* reponsesecr* repsecr*
        domandasegr* rispostasegr* domsegr* preguntasec* respuestasec* respsecr* hintpass* hint* challenge* memorable* codeword* kennfrage* merkwort*
        respseg* repsegr* rispsegr* respsecu* pregseg* secans* secq* memword*"""),
    "picture": ("picture", "file", """
        foto* *foto fotos photo* *photo picture* *picture pic avatar* *avatar image* img bild* *bild portrait* pasfoto* passbild* lichtbild* selfie* immagine* imagen* afbeelding* profilbild* headshot* mugshot* retrato* ritratto* video* scan*"""),
    "document": ("personal-documents", "file", """
        cv cv* resume* lebenslauf* curric* scan* ausweiskop* idscan* idkopie* kopieid* copyid* copie* kopie* passcopy* justif* justificant* document* dokument* attest* certific* zeugnis* bewijs* docs doc dossier* fichier* file* *path
        *pfad bestand* archivo* allegat* anlage* bijlage* adjunto* piecejointe* pj urkunde* vollmacht* contract* vertrag*"""),
    "official id": ("official-id", "code", """
        ssn* *ssn ssnr bsn* *bsn sofi* burgerservice* nir nni numsecu* nosecu* secusoc* numss *secu secu ssnum nss nuss nafnum naf nosecsoc* securitesoc* seguridadsoc* segsoc* sozialv* svnr* svn sv rvnr* rentenv* versnr* versichertennr* kvnr*
        insz rijksreg* nationalregister* steuer* stid* steuerid* idnr steueridnr* stnr* steuernr* taxid* tax taxno* taxnum* taxref* tin utr utrno itin fiscaln* fiscaalnr* nif* *nif nie dni* *dni cif rfc curp documento* docid* docnum* numdoc* nrodoc* tipodoc ndoc
        codfisc* codicefisc* cf *cf cfisc* codfis* fisc* fiscale* cartaid* cartaident* ci cie cni* numcni piece* pieceid* titresej* tsejour* permisconduire* permisn* permiscond* permisoc* ~permesso* permessosogg* permsogg* ~permis* patente* npatente rijbew* fuehrersch* fschein* fs fsnr driverlic* driverslic* drivinglic*
        licen* lic *lic nino* nin nino ni nino* ninum* nino nationalins* natins* nhs* *nhs nationalid* natid* personalnr* idn nid idnat* pid persid numpers* residencep* residenceperm* workperm* perso personalaus* ausweis* *ausweis passport* *passport pass* passnr* passeport* numpass* *passeport pasaporte* *pasaporte passaporto* paspoort* *paspoort reisepass*
        visa* visum* visado* aufenth* verblijf* vreemdel* idcard* idkaart* idbewijs* idnum* iddoc* idno identit* identiteit* identnr* legitim* eid personnummer* pesel tessera* tesserasan* colegiad* numcoleg* ncoleg bignr* bignummer* rpps adeli lanr bsnr barno barnum* albo* nralbo ordine* agb agbcode
        gmcno gmc nmc insurancenumber socialsec* social socsec registreno* numident* idfiscal* fiscalid* siren? matricolainps inps inail inss ahv ahvnr oasi cedula* rut cpf cns *ssn* *bsn* *codfisc* *passport* persausw* nrdoc ine numine nia idnat agdref vnummer onderwijsnr* onderwijsnummer* pgn uln brp sharecode* npi anr persoonsnr* persnummer personennummer* identitycard* docident* docnr* docno* numerodoc* documentnr* documentno* traveldoc* reisedok* permitn* carnetcond* cconducir licencia* numlicencia* ss identif* numsegs* numafil* numafiliac* afiliacionss tarjetasan* numsip sip cip tsi nuhsa lizenz* licentie* licence* matrikel* matriknr* idpersona numidentidad anummer a_nummer vnr zaehlnr ovnr
        sinid sinnr sinno sinnum patguida* sbaus* tarjsan* tarjsanit* cidentita* idalu* tessnum* residencecard* permitno* permitnum* visano* tsnum* legitnr* stidnum* krankenversnr* eidas* foreignid* alienno* persausnr* pncid* pncno* dlnumber* dlno* dlnum* csej* cartesej* cartedesej* cartasogg* nrpermes* bsnr_ afiliacionss* afilss*
        legit* asnr auswnr* ausnr* numcaf* nocaf* numalloc* numpatente* npatente* rijbewijs* rijbewnr* numcarnet*"""),
    "bank": ("bank-account", "account", """
        iban* *iban konto* *konto kontonr* kontonum* kto *kto ktonr* rekening* *rekening rek reknr* rekeningnr* bankrek* cuenta* *cuenta cta *cta ctabanc* ctacte ccc conto* *conto ccorr cc ccb numcompte* compte* *compte rib *rib bic* *bic swift* blz* bankl* sortcode* sortc sort sc
        accno acctno accountno* accountnum* accnum* acctnum* accnr acc bank* *bank banque* banca* *banca banco* *banco bankverb* bankgegev* bankdat* coordbanc* coordbancarie coordonneesbanc* datosbanc* routing* aba domiciliac* domic mandat* sepa* lastschrift* incasso* prelev*
        accountnr payout* einzug* auszahl*"""),
    "card": ("payment-card-number", "card", """
        card* *card ccnum* ccno ccnr ccpan cc *cc pan *pan panmask* kreditk* kk kknr* karte* kartennr* kartenr* creditc* creditcard* debitcard* kredietk* betaalkaart* betaalpas* kaartnr* kaart* cartebanc* carte cb *cb cbnum* numcb nocb cartenum numcarte tarjeta* *tarjeta numtarj* tarj ntarj carta* *carta cartacred* numcarta*
        last4 *last4 l4 *l4 lastfour* last4digits letzte4* laatste4* quatredern* derniers4* ult4 ultimos4* ultimas4* ultime4* ultimecifre* cardfour ending*
        ccnumber* cardnumber* kartennum* numerotarj* numerocarta* numerocarte* kaartnummer*"""),
    "card expiry": ("payment-card-expiry", "expiry", """
        exp *exp expir* *expiry expiry* cardexp* ccexp* scad *scad scadenza* scad* verval* vervaldat* ablauf* gueltig* gultig* caduc* cad *cad validthru* validto validite* valide* gueltigbis geldig* expdate* kkexp expcb dateexp* fecexp* expiracion* expmy vto venc*
        expmonth* expyear* expmm expyy expiremonth* expireyear* cardmonth* cardyear* ccmonth* ccyear* ablaufmonat* ablaufjahr* geldigtot moisexp* anneeexp* mesexp* anoexp* mesescad*"""),
    "vehicle": ("vehicle-license", "plate", """
        kennz* *kennz* kennzeichen* kfz* kz *kz amtlk* kenteken* *kenteken kent *kent plaque* *plaque immat* *immat immatric* matricul* matricula* *matricula targa* *targa plate* *plate licenceplate* licenseplate* licplate* numberplate* vrn vrm regno regnum* regnr registrationno* fin *fin
        fgst* fahrgest* vin *vin chassis* *chassis telaio* *telaio bastidor* nbastidor numchassis* cartegrise* numimmat*
        matriccoche* matricveh* carreg* carno* regplate* veh* vehreg* autokennz* nummerpl* kentek* placacoche* placaveh* placa placas
        immatveh* targaaut* kfzkz* regmark* regplt*"""),
}  # fmt: skip
