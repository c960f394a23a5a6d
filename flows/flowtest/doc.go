// Package flowtest runs chats that people can read against the engine, a store and any flows. It is for
// tests only.
//
// A transcript is a file *.chat.txtar. What stands before its first section says what it is about. The
// section "cast" lists who takes part, a line each, the owner and the admins first:
//
//	admin    1001 owner Asma Begum
//	agent    2001 agent Rahim Uddin          (agent, admin, owner, suspended, or none for a stranger)
//	ops      -100900 group Operations
//
// Every other section is a scene, and the scenes go on one after the other:
//
//	# A line like this is a remark.
//	agent:  /recharge
//	bot:    Which operator?
//	        [Grameenphone] [Robi]
//	press:  Grameenphone
//	edit:   Which number?
//	wait 2m
//	press admin: Approve
//	to agent: You are approved.
//
// Lines that do something:
//
//	WHO: text                    types a text or a command in the own private chat ( ⏎ is a new line)
//	WHO in GROUP: text           the same in a group
//	WHO shares: number           shares a contact
//	WHO opens: OTHER             begins the bot with the newest link that OTHER was shown (opens 2: in the second message)
//	WHO sends: a sticker         sends what the bot cannot read
//	WHO forges: token            presses a button that nobody was given
//	press: label                 whoever did something last presses that button in the own chat: the newest
//	                             one with the label, even if the screen has changed since (a slow thumb)
//	press WHO: label             the same for somebody else, who then did something last
//	press WHO 2: label           on the second message of the bot in the chat
//	press WHO of OTHER: label    presses a button of somebody else's chat, as a forger would
//	again                        the platform delivers the last input again
//	wait 2m                      time passes
//	job: delivered serial=X      moves the newest job, as dispatch would (job 1: the first one);
//	                             also reason=R, provider=P, upstream=U, note=N, said=ANSWER or err=WHY-NONE-CAME,
//	                             before=FLOAT, after=FLOAT (in review); several words in quotes: note="too long"
//	job: asked said=X times=3    enquiries that change nothing (notfound: answered "not found")
//	job: reminded                the group is reminded of the job
//	job: incident says=S said=X  evidence against what is settled (attempt=1: about the first attempt)
//	suspend WHO, resume WHO, demote WHO   somebody did so elsewhere
//	given WHO ordered NUMBER AMOUNT [TIMES] [OPERATOR[/TYPE]] [CIRCLE] [STATE]
//	                             orders that were made before, of Grameenphone or, in India, Jio Prepaid, and what
//	                             became of them (given rahim ordered 9812345670 199 in-vi in-dl delivered); what
//	                             they caused is not compared
//
// Lines that are compared, in the order in which they happen:
//
//	bot: edit: edit 2:           a message, and an edit of the newest or an older one, in the chat of whoever did something last
//	to WHO: edit WHO: edit WHO 2:  the same in somebody else's chat
//	answer: alert:               what a press shows over the chat
//	order: …                     a job was made: number, operator and type, circle when there is one, amount, provider
//	decided: …                   a person's decision about a job was stored: its code, and the state that it has then
//	!                            nothing is said
//
// A file is its [name.csv] below the message, and its lines, each after a |.
//
// A button that copies is [label = what], the hint in the typing box is ‹hint›, and a link's token is shown as "…".
//
// A difference is shown together with the chat as it was. go test -update writes what happened into the file.
//
// Time is a synctest bubble's, so transcripts take no time, and randomness has a fixed seed: the same
// transcript is the same chat, byte for byte.
package flowtest
